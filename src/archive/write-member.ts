import { type FileHandle, open } from 'node:fs/promises'
import { storeError } from '../error.ts'

/**
 * Writes a new file, readable by its owner alone, and shows every piece to `look` while the disk is at work.
 * @throws STORE_FULL, STORE_PERMISSION, STORE_IO, and what `body` and `look` throw
 */
export async function writeMember(
  path: string,
  body: AsyncIterable<Uint8Array>,
  look: (piece: Uint8Array) => void,
): Promise<void> {
  const failed = (error: unknown): never => {
    throw storeError(error, `writing ${path}`)
  }
  // 'wx' refuses whatever is there already, links included.
  const file = await open(path, 'wx', 0o600).catch(failed)
  let closed = false
  try {
    for await (const piece of body) {
      // Settled before `look` may throw, so that no rejection is left behind.
      const written = writeAll(file, piece).then(
        () => undefined,
        (error: unknown) => ({ error }),
      )
      look(piece)
      const failure = await written
      if (failure) failed(failure.error)
    }
    closed = true
    await file.close().catch(failed)
  } finally {
    if (!closed) await file.close().catch(() => {})
  }
}

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    const { bytesWritten } = await file.write(piece, done, piece.length - done)
    done += bytesWritten
  }
}
