import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Opened, OpenedFile } from '../archive/opened.ts'
import { Hashing } from '../digest.ts'
import { DefsError, storeError } from '../error.ts'
import { marker } from '../hawking/completion-marker.ts'
import type { Grade, Sequence, SetName } from '../set-id.ts'
import { guardText } from '../trust/issue/guard-text.ts'
import type { Certified } from '../trust/issue/make-certificate.ts'
import { signGuard } from '../trust/issue/sign-guard.ts'

/** What a guard of ours says of its set. */
export interface Guarding {
  readonly set: SetName
  readonly sequence: Sequence | null
  readonly grade: Grade
}

/**
 * Gives the files of a folder a guard, signed by one of our own keys: `v.grd` and `v.sig` are written beside them.
 * A guard or marker that came with them is left out, so that only ours speaks.
 * @throws ARCHIVE_UNKNOWN for a folder without definitions; STORE_*
 */
export async function guardSet(
  { directory, files }: Pick<Opened, 'directory' | 'files'>,
  { set, sequence, grade }: Guarding,
  signer: Certified,
  now: Date,
): Promise<Opened> {
  const own = files.filter(({ name }) => !['v.grd', 'v.sig', marker].includes(name.toLowerCase()))
  if (own.length === 0) throw new DefsError('ARCHIVE_UNKNOWN', 'the folder holds no definitions')
  const header = [
    ['SetName', set],
    ...(sequence === null ? [] : [['Sequence', String(sequence.number)] as const]),
    ['Grade', grade],
    ['LastModifiedUtcSeconds', String(Math.floor(now.getTime() / 1000))],
  ] as const
  const guard = Buffer.from(guardText(own, header))
  const signature = await signGuard(guard, signer)
  const added = [
    await addFile(directory, 'v.grd', guard),
    await addFile(directory, 'v.sig', Buffer.from(signature)),
  ]
  return { directory, files: [...own, ...added], guard, signature }
}

async function addFile(directory: string, name: string, bytes: Uint8Array): Promise<OpenedFile> {
  const path = join(directory, name)
  await writeFile(path, bytes, { mode: 0o600 }).catch((error: unknown) => {
    throw storeError(error, `writing ${path}`)
  })
  const hashing = new Hashing(['sha256'])
  hashing.update(bytes)
  return { name, bytes: bytes.length, sha256: hashing.finish('sha256') ?? '', sha1: null }
}
