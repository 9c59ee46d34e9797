import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeMember } from '../../src/archive/member-file.ts'
import { expectCode, room } from './workshop.ts'

async function* body(...pieces: string[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece)
}

describe('archive/write-member', () => {
  it('writes all pieces and shows them in order', async () => {
    const path = join(room(), 'a')
    const seen: string[] = []
    await writeMember(path, body('one ', 'two'), (piece) => seen.push(Buffer.from(piece).toString()))
    expect(readFileSync(path, 'utf8')).toBe('one two')
    expect(seen).toEqual(['one ', 'two'])
  })

  it('replaces nothing that is there already', async () => {
    const path = join(room(), 'a')
    writeFileSync(path, 'before')
    await expectCode(
      writeMember(path, body('after'), () => {}),
      'STORE_IO',
    )
    expect(readFileSync(path, 'utf8')).toBe('before')
  })

  it.skipIf(process.platform === 'win32')('follows no link, not even one that leads nowhere', async () => {
    const target = join(room(), 'target')
    const path = join(room(), 'a')
    symlinkSync(target, path)
    await expectCode(
      writeMember(path, body('after'), () => {}),
      'STORE_IO',
    )
    expect(existsSync(target)).toBe(false)
  })

  it('passes on what the reader of the pieces says', async () => {
    const failing = writeMember(join(room(), 'a'), body('one', 'two'), () => {
      throw new RangeError('enough')
    })
    await expect(failing).rejects.toBeInstanceOf(RangeError)
  })
})
