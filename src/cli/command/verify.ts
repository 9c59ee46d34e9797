import type { Config } from '../../config/config.ts'
import { DefsError } from '../../error.ts'
import type { SetAlias, SetName } from '../../set-name.ts'
import type { VerifyRequest, VerifyResult } from '../../update/recover/verify.ts'
import { exitCodeOf } from '../exit-code.ts'
import type { CommandResult, Line } from '../output.ts'
import type { Session } from '../session.ts'

export interface VerifyInput extends Omit<VerifyRequest, 'set'> {
  /** Null for the current one. */
  readonly set: SetName | SetAlias | null
  /** A bundle as it was typed, instead of what is on disk. */
  readonly bundle: string | null
  /** Walk the failure ladder; without it nothing is written. */
  readonly repair: boolean
  /** Milliseconds to wait for another run to end; with `repair` only. */
  readonly lockWait: number
}

/** Authenticates what is on disk; 8 when an older set had to become current. @throws what `verify` and `repair` throw */
export async function runVerify(asked: VerifyInput, session: Session): Promise<CommandResult> {
  const { config } = await session.load({ secrets: asked.repair, writes: asked.repair })
  const input = { ...asked, set: asked.set === null ? null : await named(asked.set, session) }
  if (input.bundle !== null) return describe(await judgeBundle(input.bundle, input, config, session), session)
  if (!input.repair) {
    const { verify } = await import('../../update/recover/verify.ts')
    // What is wanted at the end is loaded while the second thread starts.
    await import('./status.ts')
    const result = describe(await verify(input, config, session.context), session)
    return result.exitCode === 0 ? withVerdict(result, config, session) : result
  }
  const { repair } = await import('../../update/recover/repair.ts')
  const { keepJournal } = await import('../journal-listener.ts')
  const { publishStatus } = await import('../../report/status-file.ts')
  const journal = keepJournal(session, config)
  try {
    const result = describe(await repair(input, config, session.context, input.lockWait), session)
    return result.exitCode === 0 ? await withVerdict(result, config, session) : result
  } finally {
    await publishStatus(config, session.context)
    await journal.flush()
  }
}

async function named(set: SetName | SetAlias, session: Session): Promise<SetName> {
  const { namedSet } = await import('../read-store.ts')
  return namedSet(set, session)
}

/** Good sets of which the scanner does not use the current one end with 14. */
async function withVerdict(result: CommandResult, config: Config, session: Session): Promise<CommandResult> {
  const { readStatus } = await import('../../report/status.ts')
  const { errorOf } = await import('./status.ts')
  const { status } = await readStatus(config, session.context.now())
  if (status.verdict.state !== 'not-in-use') return result
  const error = errorOf(status.verdict)
  return error ? { ...result, exitCode: exitCodeOf[error.code], error } : result
}

async function judgeBundle(
  bundle: string,
  { all, repair }: Pick<VerifyInput, 'all' | 'repair'>,
  config: Config,
  session: Session,
): Promise<VerifyResult> {
  if (all || repair) throw new DefsError('USAGE_ARGUMENT', '--all and --repair are for sets on disk')
  const { bundleFile } = await import('./bundle.ts')
  const wanted = "name a set as YYYYMMDD.NNN, or a bundle of 'defs export'"
  const file = await bundleFile(bundle, session, wanted)
  const { verifyBundle } = await import('../../airgap/verify-bundle.ts')
  return verifyBundle(file, config, session.context)
}

function describe({ error, rolledBack, ...json }: VerifyResult, session: Session): CommandResult {
  const lines: Line[] = json.sets.flatMap(({ set, ok, problems, signedBy }): Line[] => [
    { text: ok ? `${set}  good, signed by ${signedBy}` : `${set}  bad`, tone: ok ? 'good' : 'bad' },
    ...problems.map(({ file, code, message }) => `  ${file ?? 'the set'}: ${message} [${code}]`),
  ])
  if (json.repaired) lines.push({ text: `mended; ${json.current} is current now`, tone: 'warning' })
  return {
    exitCode: error ? exitCodeOf[error.code] : rolledBack ? 8 : 0,
    json: { ...json },
    lines: session.globals.quiet && !error ? [] : lines,
    ...(error ? { error } : {}),
  }
}
