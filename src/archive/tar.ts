import { withFileBytes } from './bytes.ts'
import { slices } from './inflate.ts'
import type { Reader } from './reader.ts'
import { readTarStream } from './tar-stream.ts'

/** Plain tar files. */
export const tar: Reader = {
  read: (path, reading) =>
    withFileBytes(path, (bytes) => readTarStream(slices(bytes, 0, bytes.size, reading.signal), reading)),
}
