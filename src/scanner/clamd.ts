import { dirname, join } from 'node:path'
import type { ScannerConfig } from '../config/config.ts'
import type { Context } from '../context.ts'
import { DefsError, describeError } from '../error.ts'
import type { Active } from '../hawking/staged.ts'
import { limits } from '../limits.ts'
import type { SetName } from '../set-name.ts'
import { lookAtClamd, type Proof, proofFor, type Sight } from './clamd-proof.ts'
import { askClamd, loadedNumber, scanByClamd } from './clamd-session.ts'
import { runHook } from './run-hook.ts'
import type { Absent, InUse, Scanner, ScannerStore } from './scanner.ts'

type ClamdConfig = Extract<ScannerConfig, { kind: 'clamd' }>

/**
 * ClamAV's daemon, its `DatabaseDirectory` being the `current` link of the store. It answers RELOAD before it has
 * loaded anything, and keeps its old engine (or none at all) when it cannot; so a set counts as used only when
 * VERSION shows the number of its `daily` database, or what only this set knows is detected.
 */
export function openClamd(
  config: ClamdConfig,
  root: string,
  virusDefs: string,
  store: ScannerStore,
): Scanner {
  const { socket, canary, restart } = config

  async function proofOf(active: Active): Promise<Proof> {
    const before = active.previous === null ? null : join(dirname(active.directory), active.previous)
    return proofFor(active, before, canary)
  }

  async function waitAndRemember(active: Active, proof: Proof, context: Context): Promise<InUse> {
    await waitForClamd(config, proof, active.set, context)
    await store.remember(active.set)
    return { set: active.set, proof: proof.kind, lack: proof.lack }
  }

  return {
    async handOver(active, context): Promise<InUse | Absent> {
      const proof = await proofOf(active)
      const deaf = await tellClamd(socket, context)
      if (deaf !== null) return { absent: `clamd at ${socket} ${deaf}` }
      return waitAndRemember(active, proof, context)
    },
    revive:
      restart.length === 0
        ? null
        : async (active, context) => {
            await runHook(active, { argv: restart, timeout: config.timeout }, root, context)
            return waitAndRemember(active, await proofOf(active), context)
          },
    async inUse() {
      const set = await store.recall()
      if (set === null) return null
      const { state } = await lookAtClamd(
        socket,
        await proofFor({ set, directory: join(virusDefs, set) }, null, canary),
      )
      return state === 'shown' ? set : null
    },
    async ailment(active) {
      const trouble = await clamdTrouble(socket, await proofOf(active))
      return trouble === null ? null : `clamd at ${socket} is not well: ${trouble}`
    },
  }
}

/**
 * Tells clamd to load; null when it says that it will. One without an engine is not told: no reload gives it another
 * (clamd 1.4 with `ConcurrentDatabaseReload no`).
 */
async function tellClamd(socket: string, context: Context): Promise<string | null> {
  let why = ''
  for (let told = 0; told < limits.clamdTells; told += 1) {
    if (told > 0) await rest(context)
    try {
      if (loadedNumber(await askClamd(socket, 'VERSION')) === 'none') return 'has lost its engine: restart it'
      const answer = await askClamd(socket, 'RELOAD')
      if (answer === 'RELOADING') return null
      why = `answered RELOAD with '${answer}'`
    } catch (error) {
      why = `cannot be asked; is it running? (${describeError(error)})`
    }
  }
  return why
}

async function rest({ sleep, signal }: Context): Promise<void> {
  await sleep(limits.clamdPoll, signal).catch((cause: unknown) => {
    throw new DefsError('INTERRUPTED', 'interrupted while clamd was being told', { cause })
  })
}

/**
 * Waits until clamd shows that it uses a set.
 * @param config `timeout`: for how long; milliseconds
 * @throws SCANNER_REFUSED when it does not, INTERRUPTED
 */
async function waitForClamd(
  { socket, timeout }: { readonly socket: string; readonly timeout: number },
  proof: Proof,
  set: SetName,
  context: Context,
): Promise<void> {
  let sight: Sight = { state: 'other', said: 'nothing yet' }
  let since = 0
  let toldAgain = false
  const clock = stopwatch()
  while (clock.passed() <= timeout) {
    await clock.pause(context)
    const before = sight.state
    sight = await lookAtClamd(socket, proof)
    if (sight.state === 'shown') return
    if (sight.state !== before) since = clock.passed()
    if (isOver(sight, clock.passed() - since)) break
    // A clamd that was loading something else when it was told may have forgotten that it was.
    if (!toldAgain && sight.state === 'other' && clock.passed() > timeout / 2) {
      toldAgain = true
      await askClamd(socket, 'RELOAD').catch(() => '')
    }
  }
  const took = `${Math.round(clock.passed() / 1000)} s`
  const text = `clamd at ${socket} did not take ${set}: after ${took} ${sight.said}; its log says why`
  throw new DefsError('SCANNER_REFUSED', text, { path: socket })
}

/** Whether there is nothing to wait for any more. */
function isOver({ state }: Sight, lasted: number): boolean {
  return (state === 'lost' && lasted >= limits.clamdLost) || (state === 'gone' && lasted >= limits.clamdGone)
}

/**
 * Counts the pauses, which tests shorten, and the time between them, which a clamd that hangs takes; the wall clock
 * may be set meanwhile.
 */
function stopwatch() {
  let paused = 0
  let worked = 0
  let mark = performance.now()
  return {
    passed: () => paused + worked + (performance.now() - mark),
    async pause({ sleep, signal }: Context): Promise<void> {
      worked += performance.now() - mark
      await sleep(limits.clamdPoll, signal).catch((cause: unknown) => {
        throw new DefsError('INTERRUPTED', 'interrupted while clamd was loading', { cause })
      })
      paused += limits.clamdPoll
      mark = performance.now()
    },
  }
}

const harmless = Buffer.from('defs asks whether clamd still scans.\n')

/**
 * What is wrong with a clamd that should be using a set: it is gone or silent, has lost its engine, shows another set,
 * or does not scan. Null when it is well. Never throws.
 */
async function clamdTrouble(socket: string, proof: Proof): Promise<string | null> {
  // The configured sample would count among the detections of its log at every look.
  const bait = proof.kind === 'sample' ? null : proof.bait
  const { state, said } = await lookAtClamd(socket, { ...proof, bait })
  if (state !== 'shown') return said
  if (bait !== null) return null
  try {
    const found = await scanByClamd(socket, harmless)
    return found === null ? null : `it finds ${found} in harmless text`
  } catch (error) {
    return describeError(error)
  }
}
