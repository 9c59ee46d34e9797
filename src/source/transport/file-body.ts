import type { Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { DefsError, describeError } from '../../error.ts'
import { interrupted } from './interrupted.ts'

const chunkBytes = 1 << 20

/**
 * The bytes of an open file, which is closed in the end. A file that somebody replaces or writes while it is
 * read (a copy to the share that is still going on) would come out mixed, so that ends the transfer.
 */
export function fileBody(
  file: FileHandle,
  before: Stats,
  start: number,
  url: string,
  signal: AbortSignal,
): Readable {
  let position = start

  async function next(): Promise<Uint8Array | null> {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position)
    position += bytesRead
    if (bytesRead > 0) return buffer.subarray(0, bytesRead)
    const after = await file.stat()
    if (after.size === before.size && after.mtimeMs === before.mtimeMs && position === before.size)
      return null
    throw new DefsError('SOURCE_INTERRUPTED', `${url} changed while it was read`, {
      path: url,
      transient: true,
    })
  }

  const body = new Readable({
    highWaterMark: chunkBytes,
    signal,
    read() {
      next().then(
        (chunk) => body.push(chunk),
        (error) => body.destroy(error),
      )
    },
    destroy(error, done) {
      const failure = error && (signal.aborted ? interrupted(signal) : readError(error, url))
      file.close().then(
        () => done(failure),
        () => done(failure),
      )
    },
  })
  body.on('error', () => {})
  return body
}

function readError(error: Error, url: string): DefsError {
  if (error instanceof DefsError) return error
  const text = `${url} could not be read to its end (${describeError(error)})`
  return new DefsError('SOURCE_INTERRUPTED', text, { cause: error, path: url, transient: true })
}
