import { fstatSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { alignedBuffer } from '../../digest.ts'
import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'

/** A part of a file. */
export interface Span {
  readonly from: number
  readonly bytes: number
}

/** Hands out the content of open files, piece by piece; whatever it reads it may hand out to others as well. */
export type ReadSpan = (file: FileHandle, span: Span) => AsyncGenerator<Buffer>

/**
 * When a new set is out, all hosts ask for the same package at about the same time: each piece of it is read once and
 * handed to all who get there while it is kept, which are `limits.servePieces` pieces. A piece belongs to one inode with
 * one size and its times, and published files are replaced, never changed.
 */
export function openPieces(): ReadSpan {
  const kept = new Map<string, Promise<Buffer>>()

  function piece(file: FileHandle, key: string, size: number, index: number): Promise<Buffer> {
    const name = `${key} ${index}`
    const found = kept.get(name)
    // What was asked for last goes last.
    if (found) kept.delete(name)
    const content = found ?? readPiece(file, index, size)
    kept.set(name, content)
    if (!found) content.catch(() => kept.delete(name))
    if (kept.size > limits.servePieces) kept.delete(kept.keys().next().value ?? '')
    return content
  }

  return async function* (file, { from, bytes }) {
    const { dev, ino, size, mtimeMs, ctimeMs } = fstatSync(file.fd)
    const key = `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`
    const end = from + bytes
    for (let at = from; at < end; ) {
      const index = Math.floor(at / limits.servePiece)
      const start = index * limits.servePiece
      // Whoever began to read it may have hung up meanwhile, which is nobody else's trouble.
      const content = await piece(file, key, size, index).catch(() => readPiece(file, index, size))
      const part = content.subarray(at - start, end - start)
      at += part.length
      // The next one is read while this one is sent; a failure shows when it is asked for.
      if (at < end) piece(file, key, size, index + 1).catch(() => undefined)
      yield part
    }
  }
}

async function readPiece(file: FileHandle, index: number, size: number): Promise<Buffer> {
  const from = index * limits.servePiece
  const buffer = alignedBuffer(Math.min(limits.servePiece, size - from))
  for (let filled = 0; filled < buffer.length; ) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, from + filled)
    if (bytesRead === 0) throw new DefsError('STORE_IO', 'a file became shorter while it was sent')
    filled += bytesRead
  }
  return buffer
}
