import { exe } from './exe.ts'
import { folder } from './folder.ts'
import type { Reader } from './reader.ts'
import type { ArchiveKind } from './recognise.ts'
import { sh } from './sh.ts'
import { tar } from './tar.ts'
import { tarGz } from './tar-gz.ts'
import { zip } from './zip.ts'

/** Every kind of package that is read, each in the file of its name. */
export const readers = { zip, exe, tar, 'tar-gz': tarGz, sh, folder } satisfies Record<ArchiveKind, Reader>
