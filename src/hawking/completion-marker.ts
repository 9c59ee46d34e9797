import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Hashing } from '../digest.ts'
import { renamePatiently } from '../file-in-use.ts'
import { readIni } from '../ini.ts'
import type { SetName } from '../set-id.ts'
import type { Authentic } from '../trust/authentic.ts'
import { syncFolder } from './folder.ts'
import { type Access, sealFile } from './seal.ts'

/** One file of a set, as trust/ proved it. */
export type SetFile = Authentic['files'][number]

/** The file that is moved in last: its presence says that the set is whole (domain.md 1.2). */
export const marker = 'zdone.dat'

/**
 * Takes the marker out of an unpacked set, to be put back at the end. One that the guard names keeps the vendor's
 * bytes; any other is unproven and makes way for our own, a line with the set's name.
 * @returns what the marker will be
 */
export async function takeOutMarker(authentic: Authentic, aside: string): Promise<SetFile> {
  const found = authentic.files.find(({ name }) => name.toLowerCase() === marker)
  if (found && isGuarded(authentic)) {
    await renamePatiently(join(authentic.directory, found.name), aside)
    return { ...found, name: marker }
  }
  if (found) await rm(join(authentic.directory, found.name))
  const bytes = Buffer.from(markerText(authentic.set))
  await writeFile(aside, bytes, { flag: 'wx', mode: 0o600 })
  const hashing = new Hashing(['sha256'])
  hashing.update(bytes)
  return { name: marker, bytes: bytes.length, sha256: hashing.finish('sha256') ?? '', sha1: null }
}

/** Puts the marker into a set all of whose other files are flushed. */
export async function putInMarker(
  aside: string,
  file: SetFile,
  directory: string,
  access: Access,
): Promise<void> {
  await sealFile(aside, file.bytes, access)
  await renamePatiently(aside, join(directory, marker))
  await syncFolder(directory)
}

/** What the marker of a set says that we staged, unless its guard names one. */
export function markerText(set: SetName): string {
  return `${set}\r\n`
}

/** Whether the guard names the marker, whose bytes are the vendor's then. */
export function isGuarded({ guard }: Pick<Authentic, 'guard'>): boolean {
  if (!guard) return false
  const { sections } = readIni(Buffer.from(guard).toString('latin1'))
  return sections.some(({ name }) => name.toLowerCase() === `file-${marker}`)
}
