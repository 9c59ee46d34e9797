import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DefsError, storeError } from '../../error.ts'
import type { Finding } from '../../gate/finding.ts'
import { judgeAtGate, keepsOut, overrule } from '../../gate/gate.ts'
import { activate } from '../../hawking/activate.ts'
import type { AppliedException } from '../../hawking/line/exceptions.ts'
import type { PartRecord } from '../../hawking/line/parts.ts'
import { moveToQuarantine } from '../../hawking/quarantine.ts'
import { listSets, setDirectory } from '../../hawking/sets.ts'
import { type Staged, stage } from '../../hawking/stage.ts'
import { peekProvenance, readBars, writeBars, writeProvenance } from '../../hawking/state.ts'
import type { Grade, SetName } from '../../set-name.ts'
import type { Authentic } from '../../trust/authentic.ts'
import type { SealedFrom } from '../acquire/acquired.ts'
import { barsBeside, contentsOf } from '../contents.ts'
import { unbar } from '../decide.ts'
import { refuseOtherFamily, rememberFamily } from '../family.ts'
import type { Run } from '../run.ts'
import type { VerifiedState } from '../state.ts'
import { notifyAndConfirm } from './hand-over.ts'
import { whatIsNew } from './what-is-new.ts'

/** Where the package of a set came from. */
export interface Origin {
  /** Configured name of the source, or `import`. */
  readonly source: string
  /** The place that delivered it, password left out. */
  readonly url: string
  /** Null for a folder. */
  readonly packageSha256: string | null
  /** Bytes that came over the wire for it in this run. */
  readonly downloaded: number
  /** What the set was made of when we sealed it ourselves. */
  readonly made?: SealedFrom | undefined
  /** The exceptions that were put into it. */
  readonly exceptions?: readonly AppliedException[] | undefined
  /** The set it was made of, when that has another name. */
  readonly of?: SetName | null
}

/**
 * Makes a proved set current, if the gate lets it pass, and hands it to the scanner; events 30 and 25. It lies in a
 * workspace of the store.
 * @param refused called when the engine of the gate refuses it, before anything is written of that; what it throws ends
 *   the matter
 * @returns what the gate found
 * @throws TRUST_FAMILY, GATE_REFUSED, STORE_*, SCANNER_REFUSED, INTERRUPTED
 */
export async function install(
  authentic: Authentic,
  origin: Origin,
  state: VerifiedState,
  run: Run,
  refused: () => Promise<void> = async () => undefined,
): Promise<readonly Finding[]> {
  const { config, context, store } = run
  await refuseOtherFamily(authentic.files, authentic.set, origin.source, run)
  await context.follow?.taking(authentic.set)
  // The engine is a program of its own, which leaves time to look at what is new.
  const looking = whatIsNew(state.current, authentic, run)
  const findings = await passGate(authentic, origin, state, run, refused).finally(() => looking)
  const news = await looking
  const staged = await stage(authentic, store, { group: config.store.group, context })
  await keepProvenance(origin, staged, findings, run)
  const active = await activate(staged, store, config.product)
  run.report('definitions.updated', {
    set: active.set,
    path: active.directory,
    source: origin.source,
    previous: active.previous,
    grade: authentic.grade,
    bytes: origin.downloaded,
    ...news,
  })
  await rememberFamily(authentic, origin.source, run)
  await unbar(active.set, state, run, contentsOf(authentic.files), origin.of)
  await notifyAndConfirm(active, run)
  return findings
}

/**
 * Has the gate judge a proved set while it still lies in its workspace, where nothing can find it: its dated name may
 * be the one that is live already (`--force`, or a damaged set that was fetched again). A set at fault is barred and
 * kept as evidence; where a check could not be made, the set is kept out this time and may come again.
 * @throws GATE_REFUSED, STORE_*, INTERRUPTED
 */
async function passGate(
  authentic: Authentic,
  origin: Origin,
  state: VerifiedState,
  run: Run,
  refused: () => Promise<void>,
): Promise<readonly Finding[]> {
  const { source } = origin
  const findings = overrule(await findingsOn(authentic, origin, state, run), {
    force: state.force,
    allowed: state.allow === authentic.set,
  })
  tell(findings, run)
  if (findings.some((one) => one.check === 'engine' && keepsOut(one))) await refused()
  if (findings.some(keepsOut)) throw await refuse(authentic, source, findings, run)
  const overruled = findings.filter((one) => one.overruled)
  if (overruled.length > 0) {
    const facts = { set: authentic.set, source, grade: authentic.grade, checks: findings.map(line) }
    run.report('gate.overruled', { ...facts, reason: overruled.map(line).join('; ') })
  }
  return findings
}

async function findingsOn(
  authentic: Authentic,
  { made }: Origin,
  { current }: VerifiedState,
  run: Run,
): Promise<readonly Finding[]> {
  const { set, directory, grade } = authentic
  const earlier = await earlierOf(set, grade, current, run)
  const before = earlier && made ? await peekProvenance(run.store, earlier.set) : null
  const apart = before && made ? inOneOnly(partsOf(before), partsOf(made)) : []
  const scratch = join(dirname(directory), 'gate')
  const candidate = { set, directory, grade, current, earlier, apart, scratch }
  try {
    return await judgeAtGate(candidate, run.config, run.context)
  } catch (error) {
    throw storeError(error, `judging ${set} at the gate`)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function partsOf({ parts }: { readonly parts?: readonly PartRecord[] | null }): string[] {
  return (parts ?? []).flatMap(({ name, state }) => (state === 'left-out' ? [] : name))
}

function inOneOnly(some: readonly string[], others: readonly string[]): string[] {
  return [...some, ...others].filter((name) => !some.includes(name) || !others.includes(name))
}

/** The live set when it is of that grade, else the newest one of it that nobody has barred. */
async function earlierOf(set: SetName, grade: Grade, current: Authentic | null, run: Run) {
  const barred = new Set((await readBars(run.store)).map((bar) => bar.set))
  const others = (await listSets(run.store)).filter((other) => !barred.has(other))
  for (const other of [...(current ? [current.set] : []), ...others]) {
    if (other === set || (await peekProvenance(run.store, other))?.grade !== grade) continue
    return { set: other, directory: setDirectory(run.store, other) }
  }
  return null
}

async function refuse(
  authentic: Authentic,
  source: string,
  findings: readonly Finding[],
  run: Run,
): Promise<DefsError> {
  const { set, grade } = authentic
  const against = findings.filter(keepsOut)
  const lines = against.map(line)
  const reason = lines.join('; ')
  const failed = against.filter(({ outcome }) => outcome === 'failed')
  const path = failed.length > 0 ? await putAway(authentic, failed, run) : null
  const checks = findings.map(line)
  run.report('gate.refused', { set, path, source, grade, errorCode: 'GATE_REFUSED', reason, checks })
  const next = nextStep(set, failed)
  const text = `the gate refused ${set}, what was live still is: ${reason}; ${next}`
  return new DefsError('GATE_REFUSED', text, { path: set, problems: lines, gate: findings })
}

function nextStep(set: SetName, failed: readonly Finding[]): string {
  if (failed.length === 0) return 'the next update tries it again'
  const barred = 'it is barred until a newer one comes'
  const broken = failed.some(({ check }) => check === 'engine')
  return broken ? barred : `${barred}; 'defs update --allow ${set}' takes it all the same`
}

/** Bars a set at fault, or every run would fetch it in vain, and keeps it as evidence. */
async function putAway(
  { set, directory, files }: Authentic,
  failed: readonly Finding[],
  run: Run,
): Promise<string | null> {
  const at = run.context.now().toISOString()
  const reason = `gate: ${failed.map(line).join('; ')}`
  const checks = failed.map(({ check }) => check)
  const bar = { set, at, reason, user: 'gate', contents: contentsOf(files), checks }
  await writeBars(run.store, [...barsBeside(await readBars(run.store), bar), bar])
  const evidence = { set, code: 'GATE_REFUSED', problems: failed.map(line) } as const
  return moveToQuarantine(run.store, directory, evidence, set)
}

function tell(findings: readonly Finding[], run: Run): void {
  for (const one of findings) {
    const level = one.overruled ? 'warning' : 'debug'
    run.context.emit({ type: 'note', level, text: `gate: ${line(one)}` })
  }
}

function line({ check, outcome, text, overruled }: Finding): string {
  return `${check}: ${outcome}${overruled ? ' but overruled' : ''}: ${text}`
}

/** Writes down where a staged set came from and how it was proved, before anything points to it. */
async function keepProvenance(
  origin: Origin,
  { authentic, set }: Staged,
  gate: readonly Finding[],
  run: Run,
): Promise<void> {
  await writeProvenance(run.store, {
    set,
    grade: authentic.grade,
    sequence: authentic.sequence,
    source: origin.source,
    url: origin.url,
    packageSha256: origin.packageSha256,
    signer: origin.made?.signer ?? authentic.signer,
    databases: origin.made?.databases ?? null,
    contents: contentsOf(authentic.files),
    ...(origin.made?.parts && origin.made.parts.length > 0 ? { parts: origin.made.parts } : {}),
    ...(origin.exceptions && origin.exceptions.length > 0 ? { exceptions: origin.exceptions } : {}),
    ...(origin.of ? { of: origin.of } : {}),
    verifiedAt: authentic.verifiedAt.toISOString(),
    stagedAt: run.context.now().toISOString(),
    bytes: authentic.files.reduce((sum, file) => sum + file.bytes, 0),
    files: authentic.files.length,
    gate,
  })
}
