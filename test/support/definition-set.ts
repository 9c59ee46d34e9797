import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Opened } from '../../src/archive/opened.ts'
import type { Authority } from './authority.ts'
import { noise } from './noise.ts'

/** Files by name, as they lie in a package. */
export type Files = ReadonlyMap<string, Uint8Array>

export interface GuardOptions {
  /** `SetName=` of the header; left out when null. */
  readonly set?: string | null
  readonly sequence?: number | null
  readonly grade?: string | null
  /** `LastModifiedUtcSeconds=`. */
  readonly modified?: number | null
  /** Which digests each entry has; default both. */
  readonly digests?: 'both' | 'sha256' | 'sha1'
  readonly lineEnd?: '\r\n' | '\n'
}

export interface SetOptions extends GuardOptions {
  readonly authority: Pick<Authority, 'sign'>
  /** Contents by name; default {@link sampleFiles}. */
  readonly files?: Files | Readonly<Record<string, string | Uint8Array>>
}

function hex(algorithm: 'sha1' | 'sha256', bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex')
}

/** The text of a `v.grd` over these files. */
export function guardText(files: Files, options: GuardOptions = {}): string {
  const { set = null, sequence = null, grade = null, modified = null, digests = 'both' } = options
  const lines = ['[GuardHeader]', 'Legal=Test data, free to use']
  if (modified !== null) lines.push(`LastModifiedUtcSeconds=${modified}`)
  if (set !== null) lines.push(`SetName=${set}`)
  if (sequence !== null) lines.push(`Sequence=${sequence}`)
  if (grade !== null) lines.push(`Grade=${grade}`)
  for (const [name, bytes] of files) {
    lines.push(`[File-${name.toLowerCase()}]`)
    if (digests !== 'sha256') lines.push(`SHA1=${hex('sha1', bytes)}`)
    if (digests !== 'sha1') lines.push(`SHA256=${hex('sha256', bytes)}`)
  }
  const lineEnd = options.lineEnd ?? '\r\n'
  return lines.join(lineEnd) + lineEnd
}

/** A few small files, named as in a real set; `seed` changes the contents of two of them. */
export function sampleFiles(seed = 'a'): Map<string, Buffer> {
  const lines = (word: string, count: number) => Buffer.from(`${word} harmless test data\n`.repeat(count))
  return new Map([
    ['CATALOG.DAT', lines('catalog', 20)],
    ['NAVENG32.DLL', lines('engine', 400)],
    ['TSCAN1.DAT', lines(`tscan1 ${seed}`, 300)],
    ['VIRSCAN1.DAT', lines(`virscan1 ${seed}`, 1000)],
    ['WHATSNEW.TXT', lines('news', 5)],
  ])
}

/** A whole set as it lies in a package: its files, `v.grd` over them and `v.sig` over that. */
export function makeSet(options: SetOptions): Map<string, Buffer> {
  const { authority, files = sampleFiles() } = options
  const entries = files instanceof Map ? [...files] : Object.entries(files)
  const set = new Map(entries.map(([name, content]): [string, Buffer] => [name, Buffer.from(content)]))
  const guard = Buffer.from(guardText(set, options))
  return set.set('v.grd', guard).set('v.sig', authority.sign(guard))
}

/** Writes files into a folder, made when missing. */
export function writeFiles(directory: string, files: Files): void {
  mkdirSync(directory, { recursive: true })
  for (const [name, bytes] of files) {
    const path = join(directory, ...name.split('/'))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, bytes)
  }
}

/** Files of together about so many bytes that no compression makes smaller; different at each call. */
export function randomFiles(bytes: number): Map<string, Buffer> {
  return new Map([
    ['VIRSCAN1.DAT', noise(Math.floor(bytes / 2))],
    ['VIRSCAN2.DAT', noise(Math.ceil(bytes / 2))],
    ['CATALOG.DAT', Buffer.from('catalog\n')],
  ])
}

/** The same files as the archive room hands them on, without a disk; `directory` is only carried along. */
export function asOpened(files: Files, directory = 'nowhere'): Opened {
  const listed = [...files].map(([name, bytes]) => ({
    name,
    bytes: bytes.length,
    sha256: hex('sha256', bytes),
    sha1: hex('sha1', bytes),
  }))
  const top = (wanted: string) => [...files].find(([name]) => name.toLowerCase() === wanted)?.[1] ?? null
  return {
    directory,
    files: listed.sort((a, b) => (a.name < b.name ? -1 : 1)),
    guard: top('v.grd'),
    signature: top('v.sig'),
  }
}
