import type { FileHandle } from 'node:fs/promises'
import type { Hashing } from '../digest.ts'
import { storeError } from '../error.ts'

// Fewer, larger writes: each costs a trip to the thread pool.
const batchBytes = 1 << 20

/** Where bytes go, and who looks at them on the way. */
export interface Receiver {
  readonly file: FileHandle
  readonly start: number
  readonly hashing: Hashing
  /** Asked for each piece before it is written; throws to end the transfer. */
  readonly check: (chunk: Uint8Array, received: number) => void
}

/**
 * Writes a body to a file and hashes it in the same pass. What had arrived before an error is written all the
 * same, so that a later try resumes from there. Gives the bytes received.
 */
export async function receive(body: AsyncIterable<Uint8Array>, receiver: Receiver): Promise<number> {
  const { file, start, hashing, check } = receiver
  let received = 0
  let written = 0
  let batch: Uint8Array[] = []
  let writing: Promise<void> = Promise.resolve()

  async function flush(): Promise<void> {
    await writing
    const pieces = batch
    const position = start + written
    const bytes = received - written
    batch = []
    written = received
    writing = writeAll(file, pieces, position, bytes)
    // Awaited by the next flush; meanwhile a failure must not count as unhandled.
    writing.catch(() => {})
  }

  try {
    for await (const chunk of body) {
      check(chunk, received + chunk.length)
      received += chunk.length
      batch.push(chunk)
      hashing.update(chunk)
      if (received - written >= batchBytes) await flush()
    }
  } finally {
    await flush()
    await writing
  }
  return received
}

async function writeAll(
  file: FileHandle,
  pieces: Uint8Array[],
  position: number,
  bytes: number,
): Promise<void> {
  if (bytes === 0) return
  try {
    const { bytesWritten } = await file.writev(pieces, position)
    // A short write happens when the disk is nearly full; the rest goes piece by piece, or fails.
    if (bytesWritten < bytes)
      await file.write(Buffer.concat(pieces), bytesWritten, bytes - bytesWritten, position + bytesWritten)
  } catch (error) {
    throw storeError(error, 'writing a download')
  }
}
