import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type ArchiveKind, detect } from '../../src/archive/detect.ts'
import type { ErrorCode } from '../../src/error.ts'
import { craftTar } from './craft-tar.ts'
import { craftZip } from './craft-zip.ts'
import { expectCode, room } from './workshop.ts'

const zip = craftZip([{ name: 'a', data: 'x' }])
const tar = craftTar([{ name: 'a', data: 'x' }])
const latin = (text: string) => Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(600)])

function written(content: Buffer, name = 'lies.txt'): string {
  const path = join(room(), name)
  writeFileSync(path, content)
  return path
}

describe('archive/recognise', () => {
  it.each<[ArchiveKind, Buffer]>([
    ['zip', zip],
    ['zip', craftZip([])],
    ['exe', craftZip([{ name: 'a' }], { stub: Buffer.from('MZ program') })],
    ['tar', tar],
    ['tar', craftTar([{ name: 'a', age: 'v7' }])],
    ['tar', craftTar([{ name: 'PK\x03\x05', data: 'x' }])],
    ['tar', craftTar([{ name: 'MZ', data: 'x' }])],
    ['tar', craftTar([{ name: '<html>', data: 'x' }])],
    ['tar-gz', gzipSync(tar)],
    ['sh', Buffer.concat([Buffer.from('#!/bin/sh\nexit 0\n'), gzipSync(tar)])],
  ])('finds %s by content', async (kind, content) => {
    for (const name of ['a.zip', 'a.html', 'a']) expect(await detect(written(content, name))).toBe(kind)
  })

  it('finds a folder', async () => {
    expect(await detect(room())).toBe('folder')
  })

  it.each([
    ['7z', latin('7z\xbc\xaf\x27\x1c')],
    ['cab', latin('MSCF\0\0\0\0')],
    ['rar', latin('Rar!\x1a\x07\x01\0')],
    ['xz', latin('\xfd7zXZ\0')],
    ['zstd', latin('\x28\xb5\x2f\xfd')],
    ['bzip2', latin('BZh91AY&SY')],
    ['lzip', latin('LZIP\x01')],
    ['compress', latin('\x1f\x9d\x90')],
    ['a part of a zip', latin('PK\x07\x08PK\x03\x04')],
  ])('refuses %s as unsupported', async (_, content) => {
    await expectCode(detect(written(content, 'a.zip')), 'ARCHIVE_UNSUPPORTED')
  })

  it.each<[string, ErrorCode, string]>([
    ['a page', 'FETCH_HTML', '<!DOCTYPE html><html></html>'],
    [
      'a page with a mark, space and comment before it',
      'FETCH_HTML',
      '\ufeff\r\n <!-- portal -->\n<HTML lang="en">',
    ],
    ['an XHTML page', 'FETCH_HTML', '<?xml version="1.0"?>\n<!doctype html PUBLIC "">'],
    ['a torn page', 'FETCH_HTML', '<head><title>407'],
    ['the XML by which a store of objects says no', 'FETCH_HTML', '<?xml version="1.0"?><Error/>'],
    ['a word that only begins so', 'ARCHIVE_UNKNOWN', '<htmlish>'],
    ['an unclosed comment', 'ARCHIVE_UNKNOWN', '<!-- <html>'],
    ['text', 'ARCHIVE_UNKNOWN', 'Not found'],
    ['a script', 'ARCHIVE_UNKNOWN', '#!/bin/sh\nrm -rf /\n'],
    ['a program', 'ARCHIVE_UNKNOWN', 'MZ program'],
    ['nothing', 'ARCHIVE_UNKNOWN', ''],
    ['one byte', 'ARCHIVE_UNKNOWN', ' '],
  ])('refuses %s', async (_, code, content) => {
    await expectCode(detect(written(Buffer.from(content), 'a.zip')), code)
  })

  it('does not take long zeros, or a file that is not there', async () => {
    await expectCode(detect(written(Buffer.alloc(4096))), 'ARCHIVE_UNKNOWN')
    await expectCode(detect(join(room(), 'absent')), 'STORE_IO')
  })

  it.skipIf(process.platform === 'win32')('does not wait at a pipe', async () => {
    const path = join(room(), 'pipe')
    execFileSync('mkfifo', [path])
    await expectCode(detect(path), 'ARCHIVE_UNKNOWN')
  })
})
