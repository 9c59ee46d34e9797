import { type FileHandle, open, rm } from 'node:fs/promises'
import { storeError } from '../error.ts'

/** Lends a file for reading. @throws STORE_PERMISSION, STORE_IO when it cannot be opened, and what `work` throws */
export async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await openFile(path, 'r')
  try {
    return await work(file)
  } finally {
    await file.close().catch(() => {})
  }
}

/**
 * Lends a new file, readable by its owner alone, and removes it again when `work` fails.
 * @throws STORE_FULL, STORE_PERMISSION, STORE_IO, and what `work` throws
 */
export async function withNewFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  // 'x' refuses whatever is there already, links included.
  const file = await openFile(path, 'wx+')
  try {
    const result = await work(file)
    await file.close().catch((error: unknown) => {
      throw storeError(error, `writing ${path}`)
    })
    return result
  } catch (error) {
    await file.close().catch(() => {})
    await rm(path, { force: true }).catch(() => {})
    throw error
  }
}

/** Fills `into` from a position of the file; returns how many bytes there were. @throws STORE_IO */
export async function readUpTo(
  file: FileHandle,
  into: Buffer,
  position: number,
  name: string,
): Promise<number> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await file
      .read(into, done, into.length - done, position + done)
      .catch((error: unknown) => {
        throw storeError(error, `reading ${name}`)
      })
    if (bytesRead === 0) return done
    done += bytesRead
  }
  return into.length
}

/** Writes all of `bytes` at a position of the file. @throws STORE_FULL, STORE_IO */
export async function writeAll(
  file: FileHandle,
  bytes: Buffer,
  position: number,
  name: string,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file
      .write(bytes, done, bytes.length - done, position + done)
      .catch((error: unknown) => {
        throw storeError(error, `writing ${name}`)
      })
    done += bytesWritten
  }
}

async function openFile(path: string, flags: string): Promise<FileHandle> {
  return open(path, flags, 0o600).catch((error: unknown) => {
    throw storeError(error, `opening ${path}`)
  })
}
