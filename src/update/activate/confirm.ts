import { DefsError } from '../../error.ts'
import { type Confirming, readConfirming, writeConfirming } from '../../hawking/notices.ts'
import { readPointer } from '../../hawking/pointer.ts'
import { setDirectory } from '../../hawking/sets.ts'
import type { Active } from '../../hawking/stage.ts'
import { limits } from '../../limits.ts'
import { endOfLog, openDetections } from '../../scanner/detections.ts'
import { runHook } from '../../scanner/run-hook.ts'
import type { Run } from '../run.ts'

/** How watching a scanner ended. */
export type Watched =
  /** Nothing is to be confirmed, or it was, or the time is not over and nobody waited for it. */
  | null
  /** The scanner failed with this set. */
  | { readonly bad: Active; readonly why: DefsError }

/**
 * Begins the time in which a set has to prove itself; nothing happens when that is off, or when there is no set to go
 * back to. @throws STORE_*
 */
export async function beginConfirming(
  { set, previous }: Active,
  { config, context, store }: Run,
): Promise<void> {
  const { confirm: window, detections } = config.scanner
  if (window === 0 || previous === null) return
  const now = context.now().getTime()
  await writeConfirming(store, {
    set,
    since: new Date(now).toISOString(),
    until: new Date(now + window).toISOString(),
    log: detections.log === null ? null : await endOfLog(detections.log),
  })
}

/**
 * Watches the scanner until the set it uses is confirmed or it fails; what an earlier run began is finished in the
 * same way. Time is counted, not read: a clock that is set must not stretch it.
 * @param patience `wait` until the time is over; `look` once, or as often as it takes to be sure of a failure
 * @throws STORE_*, INTERRUPTED: then the set stays unconfirmed, and the next run goes on
 */
export async function watchScanner(patience: 'wait' | 'look', run: Run): Promise<Watched> {
  const { store, config } = run
  const confirming = await readConfirming(store)
  if (!confirming) return null
  const { current, previous } = await readPointer(store)
  if (current !== confirming.set || config.scanner.confirm === 0) {
    await writeConfirming(store, null)
    return null
  }
  const active = { set: current, directory: setDirectory(store, current), previous }
  const why = await watch(active, confirming, patience, run)
  if (why === 'later') return null
  // The record stays until the set was taken back: a run that is killed in between is finished by the next.
  if (why !== null)
    return { bad: active, why: new DefsError('SCANNER_UNWELL', why, { path: active.directory }) }
  await writeConfirming(store, null)
  run.report('definitions.confirmed', { set: active.set, path: active.directory })
  return null
}

/** What went wrong; null when nothing did until the end, `later` when that is not reached. */
async function watch(
  active: Active,
  confirming: Confirming,
  patience: 'wait' | 'look',
  run: Run,
): Promise<string | null> {
  const { config, context } = run
  const burst = burstIn(confirming, run)
  let left = Math.min(Date.parse(confirming.until) - context.now().getTime(), config.scanner.confirm)
  if (patience === 'wait' && left > 0) {
    const waits = `whether it stays well with ${active.set}, for ${Math.ceil(left / 1000)} s`
    context.emit({ type: 'stage', text: 'watching the scanner', waits })
  }
  for (let misses = 0; ; ) {
    const begun = performance.now()
    const tooMany = await burst()
    if (tooMany !== null) return tooMany
    const ailment = await ailmentOf(active, run)
    misses = ailment === null ? 0 : misses + 1
    if (ailment !== null && misses >= limits.confirmMisses) return ailment
    if (misses === 0 && left <= 0) return null
    if (misses === 0 && patience === 'look') return 'later'
    left -= Math.round(performance.now() - begun)
    const pause = left > 0 ? Math.min(left, limits.confirmEvery) : limits.confirmEvery
    await sleepThrough(pause, active, run)
    left -= pause
  }
}

async function sleepThrough(pause: number, { set }: Active, { context }: Run): Promise<void> {
  await context.sleep(pause, context.signal).catch((cause: unknown) => {
    const text = `interrupted while the scanner was watched; ${set} is current, the next run confirms it`
    throw new DefsError('INTERRUPTED', text, { cause })
  })
}

/** What scanner and configured program say is wrong; null when all is well. */
async function ailmentOf(active: Active, { scanner, config, store, context }: Run): Promise<string | null> {
  const ailment = await scanner.ailment(active)
  const { watch } = config.scanner
  if (ailment !== null || watch.length === 0) return ailment
  try {
    const undecided = await runHook(
      active,
      { argv: watch, timeout: limits.scannerWatch },
      store.root,
      context,
    )
    if (undecided !== null)
      context.emit({ type: 'note', level: 'warning', text: `scanner.watch: ${undecided}` })
    return null
  } catch (error) {
    if (error instanceof DefsError && error.code === 'SCANNER_REFUSED') return error.message
    throw error
  }
}

/** Says whether the log of the scanner has gained more detections than the window may bring, or as many as often. */
function burstIn({ set, since, log }: Confirming, { config, context }: Run): () => Promise<string | null> {
  const { log: path, most } = config.scanner.detections
  if (path === null) return async () => null
  // Whoever finishes the window of an earlier run sees what came since, too.
  const windows = Math.max(1, (context.now().getTime() - Date.parse(since)) / config.scanner.confirm)
  const allowed = Math.ceil(most * windows)
  const count = openDetections(path, log, allowed)
  return async () => {
    const found = await count()
    return found <= allowed ? null : `${path} gained more than ${allowed} detections since ${set} is in use`
  }
}
