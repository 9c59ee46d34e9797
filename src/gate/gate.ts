import { mkdir } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Config, ScannerConfig } from '../config/config.ts'
import type { Context } from '../context.ts'
import { limits } from '../limits.ts'
import { judgeAllowLists } from './allow-lists.ts'
import type { Candidate } from './candidate.ts'
import { judgeByCommand } from './command.ts'
import { judgeByEngine } from './engine.ts'
import { type CheckName, checkNames, type Finding, finding } from './finding.ts'
import { type Bounds, findProgram, mayRun } from './run-bounded.ts'
import { judgeSize } from './size.ts'

/** What of the configuration a set is judged by. */
export type GateConfig = Pick<Config, 'gate'> & { readonly scanner: ScannerConfig }

/** The same, and the bounds for reading databases. */
type WholeGate = GateConfig & Pick<Config, 'limits'>

/**
 * Judges a proved set before anything points to it (docs/domain.md section 3: Rapid Release is fast because it
 * is tested less, so it is tested here). Changes nothing but its scratch folder; what the findings lead to is
 * the caller's.
 * @returns one finding for each check, in the order of {@link checkNames}
 * @throws INTERRUPTED; STORE_* does not come from here, errors of the scratch folder are the file system's own
 */
export async function judgeAtGate(
  candidate: Candidate,
  config: WholeGate,
  context: Context,
): Promise<readonly Finding[]> {
  const { allowed, command, memory, timeout } = config.gate
  const { entries, unpacked, ratio } = config.limits
  const options = { limits: { entries, unpacked, ratio }, signal: context.signal }
  await mkdir(candidate.scratch, { recursive: true, mode: 0o700 })
  const bounds = { cwd: candidate.scratch, timeout, memory }
  const findings = [
    await judgeSize(candidate, candidate.earlier, config.gate, candidate.apart),
    ...(await judgeAllowLists(candidate, candidate.earlier, allowed, options)),
    ...(await askEngine(candidate, config, bounds, context)),
    await judgeByCommand(candidate, command, bounds, context),
  ]
  return findings
    .map((one) => ({ ...one, text: one.text.slice(0, limits.gateText) }))
    .toSorted((a, b) => checkNames.indexOf(a.check) - checkNames.indexOf(b.check))
}

async function askEngine(
  candidate: Candidate,
  { gate, scanner }: GateConfig,
  bounds: Bounds,
  context: Context,
): Promise<readonly Finding[]> {
  const asked = gate.engine === 'clamscan'
  if (!isAsked({ gate, scanner })) return notAsked('off', 'gate.engine')
  const program = await programOf(gate.program)
  if (program) {
    announce(candidate, program, bounds, context)
    return judgeByEngine(program, candidate, gate, bounds, context)
  }
  const text = `${gate.program ?? 'clamscan'} is not there or may not be run: install it, or see gate.program`
  // Samples are an explicit wish that only the engine can fulfil.
  const wished = asked || gate.eicar || gate.detect.length + gate.clean.length > 0
  if (!wished) context.emit({ type: 'note', level: 'information', text: `the gate has no engine: ${text}` })
  return notAsked(wished ? 'undecided' : 'off', text)
}

/** Tells a person what is waited for now. */
function announce({ set }: Candidate, program: string, { timeout }: Bounds, { emit }: Context): void {
  const waits = `${basename(program)} loads all of it, at most ${Math.ceil(timeout / 1000)} s`
  emit({ type: 'stage', text: `checking ${set} with the engine`, waits })
}

function isAsked({ gate, scanner }: GateConfig): boolean {
  return gate.engine === 'clamscan' || (gate.engine === 'auto' && scanner.kind === 'clamd')
}

/** The program that has to load every set; null when there is none, or none is to be asked. */
export async function engineInForce(config: GateConfig): Promise<string | null> {
  return isAsked(config) ? programOf(config.gate.program) : null
}

/**
 * What the engine alone says of a set, whatever `gate.engine` asks for: the second opinion on a set that a scanner did
 * not take. Null where no engine is installed. @throws INTERRUPTED
 */
export async function engineFinding(
  candidate: Candidate,
  { gate }: Pick<Config, 'gate'>,
  context: Context,
): Promise<Finding | null> {
  const program = await programOf(gate.program)
  if (program === null) return null
  await mkdir(candidate.scratch, { recursive: true, mode: 0o700 })
  const bounds = { cwd: candidate.scratch, timeout: gate.timeout, memory: gate.memory }
  announce(candidate, program, bounds, context)
  const nothing = { detect: [], clean: [], eicar: false }
  const findings = await judgeByEngine(program, candidate, nothing, bounds, context)
  return findings.find(({ check }) => check === 'engine') ?? null
}

async function programOf(configured: string | null): Promise<string | null> {
  if (configured === null) return findProgram('clamscan')
  return (await mayRun(configured)) ? configured : null
}

function notAsked(outcome: 'off' | 'undecided', text: string): Finding[] {
  return [
    finding('engine', outcome, text),
    finding('detect', 'off', 'no engine'),
    finding('clean', 'off', 'no engine'),
  ]
}

/** What the user said about the set before it was judged. */
export interface Wish {
  /** `--force` */
  readonly force: boolean
  /** `--allow` named this very set. */
  readonly allowed: boolean
}

/**
 * Which words take a set although a check speaks against it. `--force` says that an unusual set is wanted, `--allow`
 * that this one was looked at. A set that the engine cannot load is of use to nobody: only `gate.engine` helps.
 */
const overrulers = {
  size: ['force', 'allowed'],
  allowed: ['force', 'allowed'],
  engine: [],
  detect: ['allowed'],
  clean: ['allowed'],
  command: ['allowed'],
} as const satisfies Record<CheckName, readonly (keyof Wish)[]>

/** The findings with those marked that do not count because of what the user said. */
export function overrule(findings: readonly Finding[], wish: Wish): readonly Finding[] {
  return findings.map((one) => {
    const overruled = speaksAgainst(one) && overrulers[one.check].some((word) => wish[word])
    return { ...one, overruled }
  })
}

/** Whether a finding keeps the set out: it failed, or could not be carried out, and nobody overruled it. */
export function keepsOut(one: Finding): boolean {
  return speaksAgainst(one) && !one.overruled
}

// A check that was asked for and cannot be made is no check passed.
function speaksAgainst({ outcome }: Finding): boolean {
  return outcome === 'failed' || outcome === 'undecided'
}
