import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { assertSpace } from '../disk/free-space.ts'
import { DefsError } from '../error.ts'
import { listSets, makeWorkspace } from '../hawking/sets.ts'
import type { SetName } from '../set-name.ts'
import type { Authentic } from '../trust/authentic.ts'
import { authenticate } from '../trust/authenticate.ts'
import { install } from '../update/activate/install.ts'
import { remember } from '../update/ask.ts'
import { decide } from '../update/decide.ts'
import { settleExceptions } from '../update/except/exceptions.ts'
import { judgeArrived } from '../update/except/judge-arrived.ts'
import { refuseOtherBundle } from '../update/family.ts'
import { inspectSet } from '../update/recover/inspect.ts'
import type { UpdateResult } from '../update/result.ts'
import { assertLicensed } from '../update/route.ts'
import { beginRun, openOptions, type Run } from '../update/run.ts'
import type { VerifiedState } from '../update/state.ts'
import type { Outcome } from '../update/try-sources.ts'
import { runRoute } from '../update/update.ts'
import { type Bundle, openBundle, readBundle } from './read-bundle.ts'
import { assertCurrent, type BundleStatement } from './statement.ts'

/** What the caller of `import` asks for. */
export interface ImportRequest {
  readonly file: string
  /** Take an older, barred or future set, also while one is held. Never skips authentication or expiry. */
  readonly force: boolean
  readonly allow: SetName | null
  /** Milliseconds to wait for another run to end. */
  readonly lockWait: number
  /** Refuse a bundle whose statement nobody signed. */
  readonly signed: boolean
}

/** The outcome of `import`: that of `update`, and what the bundle said of itself. */
export interface ImportResult extends UpdateResult {
  readonly bundle: Pick<BundleStatement, 'created' | 'expires' | 'base'> & {
    readonly file: string
    readonly signedBy: string | null
  }
}

/** What `source` says of a set that came in a bundle. */
const origin = 'import'

/**
 * Takes a set out of a bundle, with nothing but this machine: authenticated, judged, staged and activated as if it
 * had been fetched. Nothing of a bundle that was cut short is kept; once its copy is whole it can be imported.
 * @throws what {@link openBundle} throws, TRUST_*, STORE_*, LICENCE_*, SCANNER_REFUSED, INTERRUPTED
 */
export async function importBundle(
  request: ImportRequest,
  config: Config,
  context: Context,
): Promise<ImportResult> {
  const run = beginRun(config, context, { timeout: null, force: request.force })
  // Before the store is touched: a mistaken file name is no failed update.
  const bundle = await readBundle(request.file, run.trust, request.signed)
  const { members, set } = bundle.statement
  await refuseOtherBundle(members.map(unpatched), set, origin, run)
  const from = { name: origin, bundle }
  const result = await runRoute(request, { route: [from], ask: takeAndSettle }, run)
  const { file, signedBy } = bundle
  const { created, expires, base } = bundle.statement
  return { ...result, bundle: { file, created, expires, base, signedBy } }
}

/** A bundle is a source like any other: what it delivered is kept as its success, and ends its failing. */
async function takeAndSettle(
  from: { readonly bundle: Bundle },
  state: VerifiedState,
  run: Run,
): Promise<Outcome> {
  const outcome = await take(from, state, run)
  await remember(origin, run, { settled: true })
  return outcome
}

async function take(
  { bundle }: { readonly bundle: Bundle },
  state: VerifiedState,
  run: Run,
): Promise<Outcome> {
  const { file, statement } = bundle
  await assertLicensed(run)
  assertCurrent(statement, run.startedAt)
  const claim = claimOf(statement)
  const early = decide(claim, state)
  if (!early.take) return { source: origin, taken: null, ...early }
  const base = await baseOf(statement, state.current, run)
  assertSpace(run.store.virusDefs, spaceFor(statement), run.config.store.reserve)
  const workspace = await makeWorkspace(run.store)
  try {
    const place = { directory: workspace.set, aside: join(workspace.directory, 'bundle') }
    const { opened, reused } = await openBundle(bundle, base, place, openOptions(run))
    const authentic = authenticate(opened, claim, run.trust)
    const ready = await judgeArrived({ authentic }, null, state, run)
    if (!ready.take) return { source: origin, taken: null, ...ready }
    const url = pathToFileURL(file).href
    const { authentic: taken, matched } = ready
    const { made } = ready.origin
    const from = { source: origin, url, packageSha256: null, downloaded: 0, ...ready.origin }
    const gate = await install(taken, from, ready.state, run)
    if (matched) await settleExceptions(matched, run)
    return { source: origin, taken, downloaded: 0, incremental: base !== null, reused, made, gate }
  } finally {
    await workspace.remove()
  }
}

/** What a bundle claims to hold; its number counts as unsigned, the guard's own as signed. */
export function claimOf({ set, sequence, grade }: BundleStatement) {
  return { set, sequence: sequence === null ? null : { number: sequence, signed: false }, grade }
}

/** A patch is called after the file that it makes. */
function unpatched({ name }: { readonly name: string }): { readonly name: string } {
  return { name: name.replace(/\.vcdiff$/, '') }
}

// Members that are no patches are moved, not copied.
function spaceFor({ base, setBytes, members }: BundleStatement): number {
  return base === null ? setBytes : setBytes + members.reduce((sum, { bytes }) => sum + bytes, 0)
}

/**
 * The set on this machine that a bundle starts from, proved; null when the bundle is whole.
 * @param known a set that this run has proved already
 * @throws STORE_UNKNOWN_SET when it is not here or damaged
 */
export async function baseOf(
  { set, base }: BundleStatement,
  known: Authentic | null,
  run: Run,
): Promise<Authentic | null> {
  if (base === null) return null
  if (known?.set === base) return known
  const onDisk = await listSets(run.store)
  const found = onDisk.includes(base) ? await inspectSet(base, run) : null
  if (found?.proved) return found.proved
  const state = found ? 'is damaged on this machine' : 'is not on this machine'
  const text = `the bundle of ${set} starts from ${base}, which ${state}: export a whole one, or one for ${onDisk.join(', ') || 'nothing'}`
  throw new DefsError('STORE_UNKNOWN_SET', text, { path: base })
}
