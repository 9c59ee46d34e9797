import { openRegular } from '../disk/foreign-file.ts'
import { DefsError, storeError } from '../error.ts'

/** Bytes that can be read at any offset: an archive on disk or in memory. */
export interface Bytes {
  readonly size: number
  /**
   * Exactly `length` bytes from `position` on.
   * @throws ARCHIVE_TRUNCATED when they reach past the end; STORE_* when the disk fails
   */
  read(position: number, length: number): Promise<Buffer>
}

function assertInside(size: number, position: number, length: number): void {
  if (position >= 0 && length >= 0 && position + length <= size) return
  throw new DefsError(
    'ARCHIVE_TRUNCATED',
    `the archive ends at byte ${size}, but goes on to byte ${position + length}: fetch it again`,
  )
}

/** An archive held in memory. */
export function memoryBytes(content: Uint8Array): Bytes {
  const buffer = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  return {
    size: buffer.length,
    read: async (position, length) => {
      assertInside(buffer.length, position, length)
      return buffer.subarray(position, position + length)
    },
  }
}

/** Opens a file for as long as `work` takes. @throws STORE_* when it cannot be read, and what `work` throws */
export async function withFileBytes<T>(path: string, work: (bytes: Bytes) => Promise<T>): Promise<T> {
  const doing = `reading ${path}`
  const file = await openRegular(path, 0)
  try {
    const { size } = await file.stat()
    const read = async (position: number, length: number): Promise<Buffer> => {
      assertInside(size, position, length)
      const buffer = Buffer.allocUnsafe(length)
      let filled = 0
      while (filled < length) {
        const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled)
        // The file was cut while it was read.
        if (bytesRead === 0) assertInside(position + filled, position, length)
        filled += bytesRead
      }
      return buffer
    }
    return await work({
      size,
      read: (position, length) =>
        read(position, length).catch((error: unknown) => {
          throw storeError(error, doing)
        }),
    })
  } finally {
    await file.close()
  }
}
