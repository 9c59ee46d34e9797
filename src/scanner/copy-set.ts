import { constants } from 'node:fs'
import { chmod, chown, copyFile, mkdir, open, readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type Digest, digestFile } from '../digest.ts'
import { readForeign } from '../disk/foreign-file.ts'
import { assertSpace } from '../disk/free-space.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { readIni } from '../text/ini.ts'

/**
 * Copies a set whole and flushes it, checking every byte that arrived against the guard. Reflinks where the file
 * system has them, never hard links: one damaged file must not damage two sets (docs/contract.md section 4).
 * @param reserve bytes that stay free on the disk it goes to
 * @throws STORE_FULL; SCANNER_REFUSED when a copied file is not what the guard says
 */
export async function copySet(from: string, to: string, reserve: number, signal: AbortSignal): Promise<void> {
  const digests = await guardedDigests(from)
  await copyFolder({ from, to, reserve }, '', digests, signal)
}

/** Whether a folder holds every file of a set with the bytes that the set's guard states, and nothing else. */
export async function isFaithful(from: string, to: string, signal: AbortSignal): Promise<boolean> {
  const digests = await guardedDigests(from)
  const members = await membersOf(from)
  if (!isDeepStrictEqual(members, await membersOf(to))) return false
  for (const { name } of members.filter(({ kind }) => kind === 'file')) {
    const wanted = await wantedOf(join(from, name), digests.get(name.toLowerCase()), signal)
    const found = await hexOf(join(to, name), wanted.algorithm, signal).catch(() => null)
    if (found !== wanted.hex) return false
  }
  return true
}

/** Everything in a folder by name, `/` between folders. */
async function membersOf(directory: string): Promise<{ name: string; kind: 'file' | 'folder' | 'other' }[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true })
  return entries
    .map((entry) => ({
      name: relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'),
      kind: entry.isFile()
        ? ('file' as const)
        : entry.isDirectory()
          ? ('folder' as const)
          : ('other' as const),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

interface Copying {
  readonly from: string
  readonly to: string
  readonly reserve: number
}

async function copyFolder(
  copying: Copying,
  folder: string,
  digests: ReadonlyMap<string, Digest>,
  signal: AbortSignal,
): Promise<void> {
  const { from, to, reserve } = copying
  await mkdir(join(to, folder), { mode: 0o700 })
  for (const entry of await readdir(join(from, folder), { withFileTypes: true })) {
    signal.throwIfAborted()
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) await copyFolder(copying, name, digests, signal)
    else {
      assertSpace(join(to, folder), (await stat(join(from, name))).size, reserve)
      await copyOne(join(from, name), join(to, name), digests.get(name.toLowerCase()), signal)
    }
  }
  await likeOriginal(join(from, folder), join(to, folder))
  await flush(join(to, folder))
}

async function copyOne(
  from: string,
  to: string,
  stated: Digest | undefined,
  signal: AbortSignal,
): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  const wanted = await wantedOf(from, stated, signal)
  if ((await hexOf(to, wanted.algorithm, signal)) !== wanted.hex) {
    throw new DefsError('SCANNER_REFUSED', `the copy ${to} is not what the guard says: run 'defs verify'`, {
      path: from,
    })
  }
  await likeOriginal(from, to)
  await flush(to)
}

/** Guard, signature and marker are in no guard: they are compared with the originals. */
async function wantedOf(from: string, stated: Digest | undefined, signal: AbortSignal): Promise<Digest> {
  return stated ?? { algorithm: 'sha256', hex: await hexOf(from, 'sha256', signal) }
}

async function hexOf(path: string, algorithm: Digest['algorithm'], signal: AbortSignal): Promise<string> {
  return (await digestFile(path, [algorithm], signal)).hashing.finish(algorithm) ?? ''
}

async function likeOriginal(from: string, to: string): Promise<void> {
  if (process.platform === 'win32') return
  const { uid, gid, mode } = await stat(from)
  await chown(to, uid, gid)
  await chmod(to, mode & 0o777)
}

async function flush(path: string): Promise<void> {
  // Windows opens no folders, and flushes only what is open for writing, which the modes forbid.
  if (process.platform === 'win32') return
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** What the guard of a proved set says of its files, by lower-case name; the strongest digest of each. */
async function guardedDigests(directory: string): Promise<ReadonlyMap<string, Digest>> {
  const { sections } = readIni(
    (await readForeign(join(directory, 'v.grd'), limits.guard)).bytes.toString('latin1'),
  )
  const digests = new Map<string, Digest>()
  for (const { name, entries } of sections) {
    const file = /^file-(.+)$/i.exec(name)?.[1]
    const values = new Map([...entries].map(([key, value]) => [key.toLowerCase(), value.toLowerCase()]))
    for (const algorithm of ['sha1', 'sha256'] as const) {
      const hex = values.get(algorithm)
      if (file !== undefined && hex !== undefined) digests.set(file.toLowerCase(), { algorithm, hex })
    }
  }
  return digests
}
