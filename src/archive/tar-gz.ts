import { withFileBytes } from './bytes.ts'
import { gunzip } from './gunzip.ts'
import type { Reader } from './reader.ts'
import { readTarStream } from './tar-stream.ts'

/** Tar files packed with gzip. */
export const tarGz: Reader = {
  read: (path, reading) => withFileBytes(path, (bytes) => readTarStream(gunzip(bytes, 0, reading), reading)),
}
