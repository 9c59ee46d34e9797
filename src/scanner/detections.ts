import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { limits } from '../limits.ts'

/** How far a log was read. */
export interface LogPlace {
  /** Number of the file, which a rotated log changes. */
  readonly file: string
  /** Bytes from its beginning. */
  readonly offset: number
}

/** Where a log ends now; null when there is none yet. Never throws. */
export async function endOfLog(path: string): Promise<LogPlace | null> {
  return withLog(path, null, async (log) => {
    const { ino, size } = await log.stat()
    return { file: String(ino), offset: size }
  })
}

/**
 * Counts the detections that a log gains: lines ending in ` FOUND`, as clamd and its kin write them, without those of
 * our own canaries. A log that was rotated or cut is read from its beginning.
 * @param from where counting begins; null for a log that was not there then
 * @param wanted other lines to count instead
 * @returns a function that counts on and gives the sum, never throws, and stops reading beyond `most`
 */
export function openDetections(
  path: string,
  from: LogPlace | null,
  most: number,
  wanted: (line: string) => boolean = isDetection,
): () => Promise<number> {
  let place = from
  let count = 0
  let rest = ''
  return () =>
    withLog(path, count, async (log) => {
      const { ino, size } = await log.stat()
      const file = String(ino)
      if (place?.file !== file || place.offset > size) {
        place = { file, offset: 0 }
        rest = ''
      }
      const piece = Buffer.alloc(limits.scannerLog)
      while (count <= most) {
        const { bytesRead }: { bytesRead: number } = await log.read(piece, 0, piece.length, place.offset)
        if (bytesRead === 0) break
        place = { file, offset: place.offset + bytesRead }
        const lines = (rest + piece.toString('latin1', 0, bytesRead)).split('\n')
        rest = (lines.pop() ?? '').slice(-limits.scannerLog)
        count += lines.filter(wanted).length
      }
      return count
    })
}

function isDetection(line: string): boolean {
  return / FOUND\r?$/.test(line) && !line.includes('Defs.Canary.')
}

async function withLog<T>(path: string, otherwise: T, work: (log: FileHandle) => Promise<T>): Promise<T> {
  try {
    // A pipe under that name must not make us wait for its writer.
    const log = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      return (await log.stat()).isFile() ? await work(log) : otherwise
    } finally {
      await log.close()
    }
  } catch {
    return otherwise
  }
}
