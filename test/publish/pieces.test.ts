import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPieces, type ReadSpan } from '../../src/publish/serve/pieces.ts'
import { noise } from '../support/noise.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-pieces-'))
  path = join(folder, 'file')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function all(read: ReadSpan, file: FileHandle, bytes: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of read(file, { from: 0, bytes })) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('the content of a file that several ask for', () => {
  it('is there for the others when the one who began to read it hangs up', async () => {
    const bytes = noise(2_000_000)
    writeFileSync(path, bytes)
    const [left, stays] = [await open(path), await open(path)]
    const { fd } = left
    // As a handle reads that is closed at that moment.
    const closed = { fd, read: async () => Promise.reject(new Error('EBADF')) } as unknown as FileHandle
    const read = openPieces()
    const [first, second] = [all(read, closed, bytes.length), all(read, stays, bytes.length)]
    await expect(first).rejects.toThrow()
    expect((await second).equals(bytes)).toBe(true)
    await Promise.all([left.close(), stays.close()])
  })

  it('is not that of another one with its size and its time of writing', async () => {
    const read = openPieces()
    const time = new Date('2026-11-20T06:00:00Z')
    const file = await open(path, 'w+')
    for (const text of ['first text', 'other text']) {
      await file.truncate(0)
      await file.write(text, 0)
      utimesSync(path, time, time)
      expect((await all(read, file, text.length)).toString()).toBe(text)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await file.close()
  })
})
