import { open } from 'node:fs/promises'
import { storeError } from '../error.ts'

/** Files that are being flushed. */
export interface FlushAhead {
  /** Flushes a finished file once those before it are. */
  add(path: string): void
  /** Waits until all are. @throws STORE_* for the first that could not be */
  done(): Promise<void>
}

/**
 * Flushes files one after the other while others are still made: the disk has nothing else to do then, and whoever
 * flushes the whole set later waits for little. A failure must be heard here, for a system tells each of them once.
 */
export function flushAhead(): FlushAhead {
  let flushing = Promise.resolve()
  return {
    add(path) {
      flushing = flushing.then(() => flush(path))
      // Awaited at the end; until then it must not count as unhandled.
      flushing.catch(() => undefined)
    },
    done: () => flushing,
  }
}

async function flush(path: string): Promise<void> {
  try {
    // Windows flushes only what is open for writing.
    const file = await open(path, process.platform === 'win32' ? 'r+' : 'r')
    await file.datasync().finally(() => file.close())
  } catch (error) {
    throw storeError(error, `flushing ${path}`)
  }
}
