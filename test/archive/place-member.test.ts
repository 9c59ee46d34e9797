import { createHash } from 'node:crypto'
import { lstatSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { placeMember } from '../../src/archive/member-file.ts'
import { expectCode, room } from './workshop.ts'

const never = new AbortController().signal

function written(text: string) {
  const folder = room()
  const [from, to] = [join(folder, 'from'), join(folder, 'to')]
  writeFileSync(from, text)
  const sha256 = createHash('sha256').update(text).digest('hex')
  return { from, to, known: { bytes: text.length, sha256, sha1: null } }
}

describe('archive/place-member', () => {
  it('gives a file its place, which it has alone once the first name is gone', async () => {
    const { from, to, known } = written('some signatures')
    expect(await placeMember(from, to, known, never)).toEqual(known)
    rmSync(from)
    expect(readFileSync(to, 'utf8')).toBe('some signatures')
    expect(lstatSync(to).nlink).toBe(1)
  })

  it('replaces nothing that is there already', async () => {
    const { from, to, known } = written('after')
    writeFileSync(to, 'before')
    await expectCode(placeMember(from, to, known, never), 'STORE_IO')
    expect(readFileSync(to, 'utf8')).toBe('before')
  })

  it('tells what lies there when that is not what was written', async () => {
    const { from, to, known } = written('some signatures')
    writeFileSync(from, 'some signatures and more')
    const placed = await placeMember(from, to, known, never)
    expect(placed.bytes).toBe(24)
    expect(placed.sha256).not.toBe(known.sha256)
  })

  it('copies a file that has another name, so that no set shares its bytes', async () => {
    const { from, to, known } = written('some signatures')
    await placeMember(from, `${to}-elsewhere`, known, never)
    expect(await placeMember(from, to, known, never)).toEqual(known)
    expect(lstatSync(to).ino).not.toBe(lstatSync(from).ino)
  })

  it.skipIf(process.platform === 'win32')('takes no link in the place of the file', async () => {
    const { from, to, known } = written('some signatures')
    symlinkSync(from, `${from}-link`)
    await expectCode(placeMember(`${from}-link`, to, known, never), 'ARCHIVE_LINK')
  })
})
