import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { digestMember } from '../../src/archive/member-file.ts'
import { contentOfFile } from '../../src/archive/walk.ts'
import { alignedBuffer } from '../../src/digest.ts'
import { room as newFolder } from './workshop.ts'

const isResizable = ({ buffer }: Buffer) => 'resizable' in buffer && buffer.resizable
const signal = new AbortController().signal

describe('an aligned buffer', () => {
  it('begins where a page does: V8 gives pages to an ArrayBuffer that may be resized', () => {
    const buffer = alignedBuffer(1 << 20)
    expect([buffer.length, buffer.byteOffset, isResizable(buffer)]).toEqual([1 << 20, 0, true])
  })

  it('is used for a large file that is hashed, and not for one that is looked at', async () => {
    const file = join(newFolder(), 'large')
    writeFileSync(file, Buffer.alloc(3 << 17, 7))
    const resizable: boolean[] = []
    await digestMember(file, [], signal, (piece) => resizable.push(isResizable(piece)))
    expect(resizable).toEqual([true, true, true])
    for await (const { buffer } of contentOfFile(file, signal))
      expect((buffer as ArrayBuffer).resizable).toBe(false)
  })
})
