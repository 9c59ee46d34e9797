import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Hashing } from '../../src/digest.ts'
import { receive } from '../../src/fetch/transfer.ts'

let folder: string
let file: FileHandle
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'defs-receive-'))
  file = await open(join(folder, 'part'), 'w')
})
afterEach(async () => {
  await file.close()
  rmSync(folder, { recursive: true, force: true })
})

const pieces = ['defini', 'tions', ' and', ' more'].map((text) => Buffer.from(text))
const whole = Buffer.concat(pieces)
const written = () => readFileSync(join(folder, 'part'))

async function* bodyOf(chunks: readonly Buffer[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

/** The same file, of which one call writes no more than so many bytes, as on a disk that is nearly full. */
function shortOf(bytes: number): FileHandle {
  return {
    async writev(all: readonly Buffer[], position: number) {
      const { bytesWritten } = await file.write(Buffer.concat(all), 0, bytes, position)
      return { bytesWritten, buffers: all }
    },
    write: (buffer: Buffer, from: number, length: number, position: number) =>
      file.write(buffer, from, length, position),
  } as unknown as FileHandle
}

describe('a body that is received', () => {
  const check = () => undefined

  it.each([1, 6, 8, 15])('is written whole when the disk takes %i bytes at first', async (bytes) => {
    const hashing = new Hashing(['sha256'])
    const received = await receive(bodyOf(pieces), { file: shortOf(bytes), start: 0, hashing, check })
    expect(received).toBe(whole.length)
    expect(written().equals(whole)).toBe(true)
    const other = new Hashing(['sha256'])
    other.update(whole)
    expect(hashing.finish('sha256')).toBe(other.finish('sha256'))
  })

  it('goes on behind what is there', async () => {
    await file.write('begun: ')
    const hashing = new Hashing(['sha256'])
    await receive(bodyOf(pieces), { file: shortOf(3), start: 7, hashing, check })
    expect(written().toString()).toBe(`begun: ${whole}`)
  })

  it('is kept as far as it came when it breaks off', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield* pieces.slice(0, 2)
      throw new RangeError('cut')
    }
    const hashing = new Hashing(['sha256'])
    await expect(receive(broken(), { file, start: 0, hashing, check })).rejects.toThrow(RangeError)
    expect(written().toString()).toBe('definitions')
  })

  it('is not written beyond what the check lets through', async () => {
    const hashing = new Hashing(['sha256'])
    const bounded = (_: Uint8Array, received: number) => {
      if (received > 11) throw new RangeError('too much')
    }
    await expect(receive(bodyOf(pieces), { file, start: 0, hashing, check: bounded })).rejects.toThrow(
      RangeError,
    )
    expect(written().toString()).toBe('definitions')
  })
})
