import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'
import { DefsError, isDefsError } from '../error.ts'
import { stopIfAborted } from '../thread/stop-if-aborted.ts'
import type { Bytes } from './bytes.ts'

const pieceBytes = 256 * 1024

/** The stored bytes from `from` up to `to`, in pieces. */
export async function* slices(
  bytes: Bytes,
  from: number,
  to: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for (let position = from; position < to; position += pieceBytes) {
    stopIfAborted(signal, 'reading a package')
    yield await bytes.read(position, Math.min(pieceBytes, to - position))
  }
}

/** A deflate stream being read. */
export interface Inflation {
  readonly body: AsyncIterable<Buffer>
  /** Packed bytes used so far; once the body has ended, where the deflate stream ended. */
  readonly used: () => number
}

/**
 * Inflates the raw deflate stream that begins at `from` and may not reach past `to`.
 * The body throws ARCHIVE_CORRUPT for damaged data, ARCHIVE_TRUNCATED when `to` comes first.
 */
export function inflate(bytes: Bytes, from: number, to: number, signal: AbortSignal): Inflation {
  const stream = createInflateRaw({ chunkSize: pieceBytes })
  async function* body(): AsyncGenerator<Buffer> {
    // Its failure reaches the loop below through the stream itself.
    const pumped = pipeline(Readable.from(slices(bytes, from, to, signal)), stream).catch(() => {})
    try {
      for await (const piece of stream) yield piece
    } catch (error) {
      throw inflateError(error)
    } finally {
      stream.destroy()
      await pumped
    }
  }
  return { body: body(), used: () => stream.bytesWritten }
}

function inflateError(error: unknown): DefsError {
  if (isDefsError(error)) return error
  const ended = error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR'
  return new DefsError(
    ended ? 'ARCHIVE_TRUNCATED' : 'ARCHIVE_CORRUPT',
    ended
      ? 'packed data of the archive ends too early: fetch it again'
      : 'packed data of the archive is damaged: fetch it again',
    { cause: error },
  )
}
