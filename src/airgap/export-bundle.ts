import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { assertSpace } from '../disk/free-space.ts'
import { DefsError, storeError } from '../error.ts'
import { keepAuthorityCertificate } from '../hawking/notices.ts'
import { readPointer } from '../hawking/pointer.ts'
import { listSets } from '../hawking/sets.ts'
import { unknownSet } from '../hawking/unknown-set.ts'
import { compareSetNames, type SetName } from '../set-name.ts'
import type { Authentic } from '../trust/authentic.ts'
import type { Certified } from '../trust/issue/make-certificate.ts'
import { guardSet, isOwnSeal } from '../update/acquire/seal.ts'
import { inspectSet } from '../update/recover/inspect.ts'
import { beginRun, type Run } from '../update/run.ts'
import { type Exported, pickMembers } from './pick-members.ts'
import {
  type BundleStatement,
  bundleFormat,
  statementName,
  statementSignature,
  writeStatement,
} from './statement.ts'
import { writeBundle } from './write-bundle.ts'

/** What the caller of `export` asks for. */
export interface ExportRequest {
  /** The file to write. */
  readonly file: string
  /** Null for the current one. */
  readonly set: SetName | null
  /** Sets the far side has; the newest of them that is here, too, is what the bundle starts from. */
  readonly have: readonly SetName[]
  /** How long the bundle may be used. Milliseconds. */
  readonly life: number
  /** Signs the statement; null for none. */
  readonly sign: ((statement: Uint8Array) => Promise<Uint8Array>) | null
  /** Guards sets that the store had sealed for itself, which no far side trusts; null to leave them as they are. */
  readonly guard: Certified | null
}

/** The outcome of `export`. */
export interface ExportResult {
  readonly file: string
  readonly set: SetName
  readonly base: SetName | null
  readonly bytes: number
  /** Bytes of the set once it is imported. */
  readonly setBytes: number
  readonly members: number
  readonly expires: string
  /** Whether the statement, and with it the expiry, is signed. */
  readonly signed: boolean
}

/**
 * Writes one set as one file for machines that no source reaches. The set is proved first; nothing in the store is
 * changed, and no lock is needed.
 * @throws STORE_NO_DEFINITIONS, STORE_UNKNOWN_SET; TRUST_* for a set that is damaged; STORE_*, INTERRUPTED
 */
export async function exportBundle(
  request: ExportRequest,
  config: Config,
  context: Context,
): Promise<ExportResult> {
  const run = beginRun(config, context, { timeout: null, force: false })
  const set = await proved(await chosen(request.set, run), run)
  const base = await baseOf(request.have, set, run)
  const work = await makeWork()
  try {
    const guarded = await guardedBy(request.guard, set, work.guard, run)
    if (base !== null) {
      // A patch is no larger than what it makes, but for a few bytes.
      const most = guarded.files.reduce((sum, { bytes }) => sum + bytes, 0)
      assertSpace(work.directory, most, config.store.reserve)
    }
    const members = await pickMembers(guarded, base, work.patches, context.signal)
    const statement = stateOf(guarded, base, members, request.life, run)
    const bytes = writeStatement(statement)
    const leaves = [{ name: statementName, bytes }]
    if (request.sign) leaves.push({ name: statementSignature, bytes: Buffer.from(await request.sign(bytes)) })
    return {
      file: request.file,
      set: set.set,
      base: base?.set ?? null,
      bytes: await writeBundle(request.file, leaves, members, run.startedAt, context, config.store.reserve),
      setBytes: statement.setBytes,
      members: members.length,
      expires: statement.expires,
      signed: request.sign !== null,
    }
  } finally {
    await rm(work.directory, { recursive: true, force: true })
  }
}

async function makeWork() {
  try {
    const directory = await mkdtemp(join(tmpdir(), 'defs-export-'))
    const [patches, guard] = [join(directory, 'patches'), join(directory, 'guard')]
    await mkdir(patches)
    await mkdir(guard)
    return { directory, patches, guard }
  } catch (error) {
    throw storeError(error, 'making a folder for patches')
  }
}

/** A set that the store sealed for itself, under a guard that the far side may know. */
async function guardedBy(
  signer: Certified | null,
  set: Authentic,
  directory: string,
  run: Run,
): Promise<Exported> {
  if (!(await isOwnSeal(set, run))) return set
  if (signer) {
    const { files } = await guardSet({ directory, files: set.files }, set, signer, run.startedAt)
    return { ...set, files, guardDirectory: directory }
  }
  const certificate = await keepAuthorityCertificate(run.store)
  const text = `${set.set} is sealed by this store alone: --sign it, or pin its certificate on the far side, which is ${certificate} (trust.anchors)`
  run.context.emit({ type: 'note', level: 'warning', text })
  return set
}

function stateOf(
  { set, sequence, grade, files }: Exported,
  base: Authentic | null,
  members: BundleStatement['members'],
  life: number,
  { startedAt }: Run,
): BundleStatement {
  return {
    format: bundleFormat,
    set,
    sequence: sequence?.number ?? null,
    grade,
    created: startedAt.toISOString(),
    expires: new Date(startedAt.getTime() + life).toISOString(),
    base: base?.set ?? null,
    setBytes: files.reduce((sum, file) => sum + file.bytes, 0),
    members: members.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
  }
}

async function chosen(set: SetName | null, { store }: Run): Promise<SetName> {
  const onDisk = await listSets(store)
  const wanted = set ?? (await readPointer(store)).current
  if (wanted === null) throw new DefsError('STORE_NO_DEFINITIONS', "no set is current: run 'defs update'")
  if (onDisk.includes(wanted)) return wanted
  throw unknownSet(wanted, onDisk, set === null ? 'STORE_POINTER' : 'STORE_UNKNOWN_SET')
}

async function proved(set: SetName, run: Run): Promise<Authentic> {
  const { proved: authentic, problems } = await inspectSet(set, run)
  if (authentic) return authentic
  const [first] = problems
  const text = `${set} is damaged and is not passed on: run 'defs verify --repair'`
  throw new DefsError(first?.code ?? 'STORE_POINTER', text, {
    path: set,
    problems: problems.map(({ file, code, message }) => `${file ?? set}: ${code}: ${message}`),
  })
}

async function baseOf(have: readonly SetName[], { set }: Authentic, run: Run): Promise<Authentic | null> {
  if (have.length === 0) return null
  if (have.includes(set)) {
    throw new DefsError('USAGE_ARGUMENT', `the far side has ${set} already: there is nothing to export`)
  }
  const onDisk = await listSets(run.store)
  for (const candidate of have.toSorted((a, b) => compareSetNames(b, a))) {
    if (!onDisk.includes(candidate)) continue
    const inspected = await inspectSet(candidate, run)
    if (inspected.proved) return inspected.proved
  }
  const text = `none of ${have.join(', ')} is good on disk here: leave --have out for a bundle of the whole set`
  throw new DefsError('STORE_UNKNOWN_SET', text)
}
