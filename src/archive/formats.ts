import { limits } from '../limits.ts'
import { withFileBytes } from './bytes.ts'
import { type ArchiveKind, sh } from './detect.ts'
import { folder } from './folder.ts'
import { gunzip, slices } from './inflate.ts'
import type { Reader } from './reader.ts'
import { readTarStream } from './tar-stream.ts'
import { readZip, zip } from './zip.ts'

/** Self-extracting programs: a zip after a program, which is never run. */
const exe: Reader = {
  read: (path, reading) => withFileBytes(path, (bytes) => readZip(bytes, reading, limits.stub)),
}

/** Plain tar files. */
const tar: Reader = {
  read: (path, reading) =>
    withFileBytes(path, (bytes) => readTarStream(slices(bytes, 0, bytes.size, reading.signal), reading)),
}

/** Tar files packed with gzip. */
const tarGz: Reader = {
  read: (path, reading) => withFileBytes(path, (bytes) => readTarStream(gunzip(bytes, 0, reading), reading)),
}

/** Every kind of package that is read, each in the file of its name. */
export const readers = { zip, exe, tar, 'tar-gz': tarGz, sh, folder } satisfies Record<ArchiveKind, Reader>
