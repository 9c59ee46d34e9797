import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { type Bytes, withFileBytes } from './bytes.ts'
import { gunzip } from './gunzip.ts'
import type { Reader } from './reader.ts'
import { readTarStream } from './tar-stream.ts'

// A line that begins with the magic of gzip and its one method.
const lineStart = Buffer.from([0x0a, 0x1f, 0x8b, 0x08])

/** Self-extracting shell scripts: a gzip tar after a script, which is never run. */
export const sh: Reader = {
  read: (path, reading) =>
    withFileBytes(path, async (bytes) => {
      const start = await endOfScript(bytes)
      if (start === undefined)
        throw new DefsError('ARCHIVE_UNKNOWN', 'the script carries no archive: check the address')
      await readTarStream(gunzip(bytes, start, reading), reading)
    }),
}

/** Where the archive after a shell script begins; undefined when the script has none. */
export async function endOfScript(bytes: Bytes): Promise<number | undefined> {
  const head = await bytes.read(0, Math.min(bytes.size, limits.stub + lineStart.length))
  const found = head.indexOf(lineStart)
  return found < 0 ? undefined : found + 1
}
