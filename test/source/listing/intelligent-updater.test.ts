import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { IntelligentUpdaterConfig } from '../../../src/config/config.ts'
import { limits } from '../../../src/limits.ts'
import { intelligentUpdater } from '../../../src/source/listing/intelligent-updater.ts'
import { startFtpServer } from '../../support/ftp-server.ts'
import { startHttpServer } from '../../support/http-server.ts'
import { asking, codeOf, connect, download, md5, offered } from '../asking.ts'
import { fill, temporary } from '../folder.ts'

let root: ReturnType<typeof temporary>
const open: { close(): Promise<void> }[] = []
beforeEach(() => {
  root = temporary()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
  root.remove()
})

function source(where: Partial<Pick<IntelligentUpdaterConfig, 'urls' | 'path' | 'thirdPartyContent'>>) {
  const config: IntelligentUpdaterConfig = {
    name: 'updater',
    kind: 'intelligent-updater',
    username: null,
    password: null,
    tls: null,
    passwordFile: null,
    passwordVariable: null,
    urls: [],
    path: null,
    platform: 'v5i32',
    thirdPartyContent: false,
    ...where,
  }
  const made = intelligentUpdater(config, connect)
  open.push(made)
  return made
}

const ask = async (where: Parameters<typeof source>[0]) => offered(await source(where).ask(asking()))

describe('a published folder', () => {
  it('offers the newest day and revision', async () => {
    const site = fill(join(root.path, 'site'), {
      '20261120-030-v5i32.zip': 'older',
      '20261121-002-v5i32.zip': 'old',
      '20261121-010-v5i32.exe': 'program',
      '20261121-010-v5i32.zip': 'newest',
      '20261122-001-v5i32.zip.tmp': 'being written',
      '20261122-002-v5i32.zip': '',
      '20261123-001-v5i64.zip': 'other platform',
      'symcdefsv5i32.zip': 'static',
      'md5-hash.txt': `${md5('newest')}  20261121-010-v5i32.zip\n`,
    })
    const offer = await ask({ urls: [site] })
    expect(offer).toMatchObject({
      source: 'updater',
      kind: 'intelligent-updater',
      set: '20261121.010',
      sequence: null,
      grade: 'certified',
      failedHosts: [],
      package: { name: '20261121-010-v5i32.zip', bytes: 6, digestTries: limits.digestTries, folder: null },
    })
    expect(offer.package.digests).toEqual([{ algorithm: 'md5', hex: md5('newest') }])
    expect(await download(offer.package.remotes[0])).toBe('newest')
  })

  it('offers a static name when no dated one is there, in static/ too', async () => {
    const flat = fill(join(root.path, 'flat'), { 'SYMCDEFSv5i32.jdb': 'x', 'symcdefsv5i64.zip': 'y' })
    expect(await ask({ urls: [flat] })).toMatchObject({ set: null, package: { name: 'SYMCDEFSv5i32.jdb' } })
    const deep = fill(join(root.path, 'deep'), { 'static/symcdefsv5i32.zip': 'x' })
    const offer = await ask({ urls: [deep] })
    expect(await download(offer.package.remotes[0])).toBe('x')
  })

  it('may have nothing yet, which is no error', async () => {
    const site = fill(join(root.path, 'site'), { 'readme.txt': 'x', 'static/': '' })
    expect(await source({ urls: [site] }).ask(asking())).toMatchObject({ nothing: true, source: 'updater' })
  })

  it('works by FTP, and by HTTP with and without a listing', async () => {
    const files = new Map([['defs/20261121-010-v5i32.zip', Buffer.from('dated')]])
    const ftp = await startFtpServer({ files })
    const http = await startHttpServer({ files, autoindex: 'html' })
    const bare = await startHttpServer({
      files: new Map([['defs/symcdefsv5i32.exe', Buffer.from('static')]]),
    })
    open.push(ftp, http, bare)
    expect(await ask({ urls: [`${ftp.url}defs/`] })).toMatchObject({ set: '20261121.010' })
    expect(await ask({ urls: [`${http.url}defs/`] })).toMatchObject({ set: '20261121.010' })
    expect(await ask({ urls: [`${bare.url}defs/`] })).toMatchObject({ set: null, package: { bytes: 6 } })
    expect(await codeOf(source({ urls: [bare.url] }).ask(asking()))).toBe('SOURCE_NOT_FOUND')
  })
})

describe('a path', () => {
  it('may be a file of any name', async () => {
    const site = fill(join(root.path, 'site'), { 'my package.bin': 'x', '20261121-003-x.zip': 'dated' })
    const offer = await ask({ path: join(site, 'my package.bin') })
    expect(offer).toMatchObject({
      set: null,
      grade: 'certified',
      package: { name: 'my package.bin', bytes: 1 },
    })
    expect(await download(offer.package.remotes[0])).toBe('x')
    expect((await ask({ path: join(site, '20261121-003-x.zip') })).set).toBe('20261121.003')
  })

  it.skipIf(process.platform === 'win32')('may be a link to a file elsewhere', async () => {
    const site = fill(root.path, { 'store/20261121-003-v5i32.zip': 'linked', 'links/': '' })
    symlinkSync(join(site, 'store', '20261121-003-v5i32.zip'), join(site, 'links', 'latest.zip'))
    const offer = await ask({ path: join(site, 'links', 'latest.zip') })
    expect(offer.set).toBe('20261121.003')
    expect(await download(offer.package.remotes[0])).toBe('linked')
  })

  it('may be a drop folder when the switch is on', async () => {
    const path = fill(join(root.path, 'drop'), { '20261121-003-v5i32.jdb': 'x' })
    expect(await codeOf(source({ path }).ask(asking()))).toBe('SOURCE_REFUSED')
    expect((await ask({ path, thirdPartyContent: true })).set).toBe('20261121.003')
    const empty = fill(join(root.path, 'empty'), { '20261121-003-v5i32.jdb.part': 'x', 'x.zip': 'x' })
    expect(await source({ path: empty, thirdPartyContent: true }).ask(asking())).toMatchObject({
      nothing: true,
    })
  })

  it('is looked at anew each time', async () => {
    const path = join(root.path, 'later.zip')
    const updater = source({ path })
    expect(await codeOf(updater.ask(asking()))).toBe('SOURCE_NOT_FOUND')
    fill(root.path, { 'later.zip': 'x' })
    const before = offered(await updater.ask(asking())).package.fingerprint
    fill(root.path, { 'later.zip': 'longer' })
    expect(offered(await updater.ask(asking())).package.fingerprint).not.toBe(before)
  })

  it.skipIf(process.platform === 'win32')('may be no device', async () => {
    expect(await codeOf(source({ path: '/dev/null', thirdPartyContent: true }).ask(asking()))).toBe(
      'SOURCE_REFUSED',
    )
  })
})
