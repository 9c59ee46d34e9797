import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { copyMember } from '../../archive/copy-member.ts'
import type { OpenedFile } from '../../archive/opened.ts'
import { canaryFile, canaryLine } from '../../canary.ts'
import { digestFile } from '../../digest.ts'
import { DefsError, storeError } from '../../error.ts'
import { marker } from '../../hawking/completion-marker.ts'
import type { SetName } from '../../set-id.ts'
import type { Authentic } from '../../trust/authentic.ts'
import { authenticate } from '../../trust/authenticate.ts'
import { guardSet } from '../../update/guard-set.ts'
import type { Studio } from '../studio.ts'
import { ownTrust } from './own-trust.ts'

/**
 * A copy of a set that the store had sealed for itself, under a guard of the publisher, which clients know.
 * @param authentic the set, proved in this run
 * @param set its name from now on
 * @throws STORE_*, KEYS_*; TRUST_DIGEST when it changes meanwhile
 */
export async function reGuard(
  authentic: Authentic,
  studio: Studio,
  set: SetName = authentic.set,
): Promise<{ authentic: Authentic; discard: () => Promise<void> }> {
  const directory = join(studio.desk.work, `tmp${randomBytes(4).toString('hex')}.tmp`)
  const discard = () => rm(directory, { recursive: true, force: true })
  try {
    await mkdir(directory, { mode: 0o700 })
    const files = await copyAll(authentic, directory, studio)
    if (set !== authentic.set) await renameCanary(files, directory, set)
    const { sequence, grade } = authentic
    const claim = { set, sequence, grade }
    const guarded = await guardSet({ directory, files }, claim, studio.keys.guard, studio.now)
    return { authentic: authenticate(guarded, claim, await ownTrust(studio)), discard }
  } catch (error) {
    await discard()
    throw storeError(error, `giving ${authentic.set} a guard of ours`)
  }
}

/** What the scanner finds, to prove which set it has, names that set. */
async function renameCanary(files: OpenedFile[], directory: string, set: SetName): Promise<void> {
  const at = files.findIndex(({ name }) => name === canaryFile)
  if (at < 0) return
  const path = join(directory, canaryFile)
  await writeFile(path, canaryLine(set))
  const { bytes, hashing } = await digestFile(path, ['sha256'])
  files[at] = { name: canaryFile, bytes, sha256: hashing.finish('sha256') ?? '', sha1: null }
}

async function copyAll(
  { directory: from, files }: Authentic,
  to: string,
  { context: { signal } }: Studio,
): Promise<OpenedFile[]> {
  const copies: OpenedFile[] = []
  for (const { name, sha256 } of files) {
    if (['v.grd', 'v.sig', marker].includes(name.toLowerCase())) continue
    await mkdir(dirname(join(to, name)), { recursive: true, mode: 0o700 })
    const copy = await copyMember(join(from, name), join(to, name), ['sha1'], signal)
    if (copy.sha256 !== sha256)
      throw new DefsError('TRUST_DIGEST', `${name} changed while it was copied: run again`, { path: name })
    copies.push({ name, ...copy })
  }
  return copies
}
