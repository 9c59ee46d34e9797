import { lstat, readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { digestFile } from '../../digest.ts'
import { readForeign } from '../../disk/foreign-file.ts'
import { storeError } from '../../error.ts'
import type { PartRecord } from '../../hawking/line/parts.ts'
import type { ProvedDatabase, Provenance } from '../../hawking/records.ts'
import { unknownSet } from '../../hawking/unknown-set.ts'
import { limits } from '../../limits.ts'
import { formatTime } from '../../report/span.ts'
import type { SetAlias, SetName } from '../../set-name.ts'
import { readIni } from '../../text/ini.ts'
import { type CommandResult, formatSet, formatSize, gradeText, type Line, tableLines } from '../output.ts'
import { describeSet, namedSet, readStore } from '../read-store.ts'
import type { Session } from '../session.ts'

export interface ShowInput {
  readonly set: SetName | SetAlias
}

/** Shows one set. What it says of files is what the guard says; `defs verify` proves it. @throws STORE_UNKNOWN_SET */
export async function runShow({ set }: ShowInput, session: Session): Promise<CommandResult> {
  const name = await namedSet(set, session)
  const reading = await readStore(session)
  const found = reading.view.sets.find((one) => one.set === name)
  if (!found)
    throw unknownSet(
      name,
      reading.view.sets.map((one) => one.set),
    )
  const described = describeSet(found, reading)
  const files = await readSetFiles(found.directory)
  const provenance = found.provenance && provenanceOf(found.provenance)
  const lines: Line[] = [
    { text: `${name}  ${formatSet(name)}  ${gradeText(described)}`, tone: 'title' },
    `folder    ${found.directory}`,
    `size      ${formatSize(described.bytes)} in ${files.length} files`,
    ...(found.provenance ? provenanceLines(found.provenance) : ['source    not recorded']),
    ...(described.held ? ['held      yes'] : []),
    ...(described.barred ? ['barred    yes'] : []),
    '',
    ...fileLines(files),
  ]
  return { exitCode: 0, json: { ...described, files, provenance }, lines }
}

function provenanceOf(provenance: Provenance) {
  const { source, url, signer, databases, parts, exceptions, of, verifiedAt, gate } = provenance
  const common = { source, url, key: signer.fingerprint, method: signer.method, verifiedAt, gate: gate ?? [] }
  return {
    ...common,
    ...(databases ? { databases } : {}),
    ...(parts ? { parts } : {}),
    ...(exceptions ? { exceptions } : {}),
    ...(of ? { of } : {}),
  }
}

function databaseLine({ name, version, method, signer, patches }: ProvedDatabase): string {
  const by = method === 'pkcs7' ? `.sign of ${signer?.name ?? 'somebody unknown'}` : "ClamAV's built-in keys"
  return `database  ${name} ${version}, ${by}${patches > 0 ? `, after ${patches} patches` : ''}`
}

function partLine({
  name,
  state,
  url,
  signedBy = null,
  method = null,
  verifiedAt = null,
}: PartRecord): string {
  const proof = signedBy === null ? [] : [`signed by ${signedBy}`, ...(method === null ? [] : [method])]
  const when = verifiedAt === null ? [] : [`verified ${formatTime(verifiedAt)}`]
  return `part      ${[name, state, ...(url === null ? [] : [url]), ...proof, ...when].join(', ')}`
}

function provenanceLines(provenance: Provenance): Line[] {
  const { source, url, signer, databases, parts, exceptions, of, verifiedAt, stagedAt, gate } = provenance
  return [
    `source    ${source}, ${url}`,
    `signer    ${[signer.name, signer.fingerprint].filter(Boolean).join(', ')}`,
    // Where nobody signed, nothing is led to either.
    ...(signer.anchorFingerprint ? [`anchor    ${signer.anchor}, ${signer.anchorFingerprint}`] : []),
    `verified  ${formatTime(verifiedAt)}, ${signer.method}`,
    ...(databases ?? []).map(databaseLine),
    ...(parts ?? []).map(partLine),
    ...(of ? [`made of   ${of}`] : []),
    ...(exceptions ?? []).map(
      ({ id, reason, until }) =>
        `excepted  ${id}${until === null ? '' : ` until ${formatTime(until)}`}: ${reason}`,
    ),
    `staged    ${formatTime(stagedAt)}`,
    ...(gate ?? []).map(
      ({ check, outcome, text, overruled }) =>
        `gate      ${check} ${outcome}${overruled ? ', overruled' : ''}: ${text}`,
    ),
  ]
}

function fileLines(files: readonly ShownFile[]): string[] {
  return [...tableLines(files.map(({ name, bytes, sha256 }) => [name, formatSize(bytes), sha256 ?? '-']))]
}

/** Lists the sets on disk, newest first. */
export async function runList(_input: object, session: Session): Promise<CommandResult> {
  const reading = await readStore(session)
  const sets = reading.view.sets.map((set) => describeSet(set, reading))
  const rows = sets.map((set, index) => {
    const marks = (['current', 'previous', 'inUse', 'held', 'barred'] as const).filter((mark) => set[mark])
    const names = marks.map((mark) => (mark === 'inUse' ? 'in use' : mark)).join(', ')
    const databases = reading.view.sets[index]?.provenance?.databases ?? []
    // Who runs ClamAV knows its databases by their numbers.
    const version = databases.map((one) => `${one.name} ${one.version}`).join(', ') || formatSet(set.set)
    return [set.set, version, formatSize(set.bytes), gradeText(set), set.source ?? '-', names]
  })
  const lines =
    rows.length === 0
      ? ['no sets']
      : tableLines([['set', 'version', 'size', 'grade', 'source', 'state'], ...rows])
  return { exitCode: 0, json: { sets }, lines }
}

/** One file of a set on disk. */
export interface ShownFile {
  readonly name: string
  readonly bytes: number
  /** As the guard states it; of the few small files that no guard names, computed. */
  readonly sha256: string | null
}

// What the guard cannot name: itself, its signature, and the mark of completeness.
const unguarded = ['v.grd', 'v.sig', 'zdone.dat']

/** The files of a set, by name. @throws STORE_PERMISSION, STORE_IO */
export async function readSetFiles(directory: string): Promise<ShownFile[]> {
  try {
    const stated = await statedDigests(directory)
    const entries = await readdir(directory, { withFileTypes: true, recursive: true })
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    const files = paths.map(async (path) => {
      const name = relative(directory, path).replaceAll(sep, '/')
      const { size: bytes } = await lstat(path)
      const small = unguarded.includes(name.toLowerCase()) && bytes <= limits.guard
      const sha256 = small ? await hash(path) : (stated.get(name.toLowerCase()) ?? null)
      return { name, bytes, sha256 }
    })
    return (await Promise.all(files)).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    throw storeError(error, `reading ${directory}`)
  }
}

async function hash(path: string): Promise<string | null> {
  return (await digestFile(path, ['sha256'])).hashing.finish('sha256')
}

async function statedDigests(directory: string): Promise<ReadonlyMap<string, string>> {
  const name = (await readdir(directory)).find((entry) => entry.toLowerCase() === 'v.grd')
  if (name === undefined) return new Map()
  const guard = await readForeign(join(directory, name), limits.guard).catch(() => null)
  const { sections } = readIni(guard?.bytes.toString('latin1') ?? '')
  return new Map(
    sections
      .filter((section) => section.name.startsWith('File-'))
      .map((section) => [
        section.name.slice(5).toLowerCase(),
        section.entries.get('SHA256')?.toLowerCase() ?? '',
      ])
      .filter((pair): pair is [string, string] => /^[0-9a-f]{64}$/.test(pair[1] ?? '')),
  )
}
