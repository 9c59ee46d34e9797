import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import type { Context } from '../../context.ts'
import { kindAt } from '../../disk/atomic-file.ts'
import { DefsError, type ErrorCode, mostSevere } from '../../error.ts'
import { linkFlaws, pointerFlaws, usageFlaws } from '../../hawking/checks.ts'
import type { Flaw } from '../../hawking/flaw.ts'
import { readPointer } from '../../hawking/pointer.ts'
import { listSets } from '../../hawking/sets.ts'
import { unknownSet } from '../../hawking/unknown-set.ts'
import { scannerInForce } from '../../scanner/in-force.ts'
import type { SetName } from '../../set-name.ts'
import { beginRun, type Run } from '../run.ts'
import { type Inspected, inspectSet } from './inspect.ts'
import type { Look } from './ladder.ts'

/** What the caller of `verify` asks for. */
export interface VerifyRequest {
  /** Null for the current one. */
  readonly set: SetName | null
  readonly all: boolean
}

/** One set with everything that is wrong with it. */
export interface SetVerdict {
  readonly set: SetName
  readonly ok: boolean
  readonly problems: readonly FileProblem[]
  /** Null when it is not proved. */
  readonly signedBy: string | null
}

/** The outcome of `verify` (docs/contract.md section 3). */
export interface VerifyResult {
  readonly sets: readonly SetVerdict[]
  /** Whether anything was mended; always false without `--repair`. */
  readonly repaired: boolean
  readonly current: SetName | null
  readonly events: readonly number[]
  /** The gravest thing that is still wrong. */
  readonly error: DefsError | null
  /** Whether an older good set is current now in place of a bad one (event 399). */
  readonly rolledBack: boolean
}

/**
 * Authenticates what is on disk and writes nothing, not even to the journal; no lock is needed.
 * @throws STORE_UNKNOWN_SET for a set that is not on disk; TRUST_ANCHORS, INTERRUPTED
 */
export async function verify(
  request: VerifyRequest,
  config: Config,
  context: Context,
): Promise<VerifyResult> {
  const run = beginRun(config, context, { timeout: null, force: false })
  const sets = await judgeSets(request, run, (set) => inspectSet(set, run))
  const { current } = await readPointer(run.store)
  return { sets, repaired: false, current, events: [], error: gravestOf(sets), rolledBack: false }
}

/**
 * The verdict on each set that was asked for, newest first. What is wrong beside the sets belongs to the current
 * one, or to the newest when nothing tells which is current.
 * @throws STORE_UNKNOWN_SET
 */
export async function judgeSets(request: VerifyRequest, run: Run, look: Look): Promise<SetVerdict[]> {
  const onDisk = await listSets(run.store)
  const { current } = await readPointer(run.store)
  const names = chosen(request, onDisk, current)
  const verdicts: SetVerdict[] = []
  for (const set of names) {
    const found = await look(set)
    // Pruned by another run while we looked: that is no damage.
    if (!found.proved && set !== current && !(await listSets(run.store)).includes(set)) continue
    const beside = set === (current ?? onDisk[0]) ? await besideSets(set, current, run) : []
    verdicts.push(verdictOf(found, beside))
  }
  return verdicts
}

function chosen(
  { set, all }: VerifyRequest,
  onDisk: readonly SetName[],
  current: SetName | null,
): readonly SetName[] {
  if (onDisk.length === 0 && current === null) return []
  if (set !== null) {
    if (onDisk.includes(set)) return [set]
    throw unknownSet(set, onDisk)
  }
  const dangling = current !== null && !onDisk.includes(current) ? [current] : []
  if (all) return [...dangling, ...onDisk]
  return current === null ? onDisk.slice(0, 1) : [current]
}

async function besideSets(set: SetName, current: SetName | null, run: Run): Promise<FileProblem[]> {
  const problems = await storeProblems(run)
  return current === null ? problems : [...problems, ...(await copyProblems(set, run))]
}

/** The verdict on a set that was inspected, with what is wrong beside it. */
export function verdictOf({ set, proved, problems }: Inspected, beside: readonly FileProblem[]): SetVerdict {
  const own = problems.map(({ file, code, message }) => ({ file, code, message }))
  const further = beside.filter(({ file }) => !own.some((problem) => problem.file === file))
  const every = [...own, ...further]
  return { set, ok: every.length === 0, problems: every, signedBy: proved?.signer.name ?? null }
}

/** One error for all problems, with the code of the gravest and what to do; null when there is none. */
export function gravestOf(
  sets: readonly SetVerdict[],
  advice = "run 'defs verify --repair'",
): DefsError | null {
  if (sets.length === 0) {
    return new DefsError('STORE_NO_DEFINITIONS', "no set is on disk: run 'defs update'")
  }
  const bad = sets.filter(({ ok }) => !ok)
  const problems = bad.flatMap((verdict) => verdict.problems)
  const first = mostSevere(
    problems.map(({ code, message }) => ({ code, error: new DefsError(code, message) })),
  )
  if (!first) return null
  const names = bad.map(({ set }) => set).join(', ')
  const text = `${problems.length} found wrong with ${names}: ${advice}`
  return new DefsError(first.code, text, {
    problems: bad.flatMap(({ set, problems: own }) =>
      own.map(({ file, code, message }) => `${set}: ${file ?? 'the set'}: ${code}: ${message}`),
    ),
  })
}

/** What is wrong with one file, as `verify` lists it. */
export interface FileProblem {
  /** Relative to its set, or to the Hawking structure for what lies beside the sets; null for a set as a whole. */
  readonly file: string | null
  readonly code: ErrorCode
  readonly message: string
}

const files: Readonly<Partial<Record<Flaw['code'], [string, ErrorCode]>>> = {
  'pointer-damaged': ['definfo.dat', 'STORE_POINTER'],
  'pointer-dangling': ['definfo.dat', 'STORE_POINTER'],
  'previous-dangling': ['definfo.dat', 'STORE_RECORD'],
  'usage-behind': ['usage.dat', 'STORE_RECORD'],
  'link-wrong': ['current', 'STORE_RECORD'],
}

/** What is wrong with `definfo.dat`, `usage.dat` and the `current` link; changes nothing. @throws STORE_* */
export async function storeProblems({ store, config }: Run): Promise<FileProblem[]> {
  const problems: FileProblem[] = []
  for (const check of [pointerFlaws, usageFlaws, linkFlaws]) {
    for (const { code, message } of await check(store, config.product)) {
      const known = files[code]
      if (known) problems.push({ file: known[0], code: known[1], message })
    }
  }
  return problems
}

/**
 * What is wrong with the copy that a CSAPI scanner works with, while there is one in use: it is not the current
 * set's, or not what the guard says. Files are named by their whole path. Changes nothing.
 */
export async function copyProblems(current: SetName, run: Run): Promise<FileProblem[]> {
  const scanner = scannerInForce(run.config)
  if (scanner.kind !== 'csapi') return []
  const definfo = join(scanner.path, 'definfo.dat')
  const { current: used } = await readPointer({ definfo })
  const directory = join(scanner.path, used ?? current)
  if (used !== current || (await kindAt(directory)) === 'nothing') {
    const message = `the scanner's folder names ${used ?? 'no set'}, and ${current} is current`
    return [{ file: definfo, code: 'STORE_RECORD', message }]
  }
  const { problems } = await inspectSet(current, run, directory)
  return problems.map(({ file, code, message }) => ({
    file: file === null ? directory : join(directory, file),
    code,
    message: `the scanner's copy: ${message}`,
  }))
}
