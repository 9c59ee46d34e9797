import { dirname, join } from 'node:path'
import type { ScannerConfig } from '../config/config.ts'
import type { Context } from '../context.ts'
import { DefsError, describeError } from '../error.ts'
import type { Active } from '../hawking/staged.ts'
import { limits } from '../limits.ts'
import { lookAtClamd, type Proof, proofFor } from './clamd-proof.ts'
import { askClamd } from './clamd-session.ts'
import { clamdTrouble } from './clamd-trouble.ts'
import { loadedNumber } from './clamd-version.ts'
import { waitForClamd } from './clamd-wait.ts'
import type { Desk } from './desk.ts'
import { runTold } from './run-told.ts'
import type { Absent, InUse, Scanner } from './scanner.ts'

type ClamdConfig = Extract<ScannerConfig, { kind: 'clamd' }>

/**
 * ClamAV's daemon, its `DatabaseDirectory` being the `current` link of the store. It answers RELOAD before it has
 * loaded anything, and keeps its old engine (or none at all) when it cannot; so a set counts as used only when
 * VERSION shows the number of its `daily` database, or what only this set knows is detected.
 */
export function openClamd(config: ClamdConfig, root: string, virusDefs: string, desk: Desk): Scanner {
  const { socket, canary, restart } = config

  async function proofOf(active: Active): Promise<Proof> {
    const before = active.previous === null ? null : join(dirname(active.directory), active.previous)
    return proofFor(active, before, canary)
  }

  async function waitAndRemember(active: Active, proof: Proof, context: Context): Promise<InUse> {
    await waitForClamd(config, proof, active.set, context)
    await desk.remember(active.set)
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
            await runTold(active, { argv: restart, timeout: config.timeout }, root, context)
            return waitAndRemember(active, await proofOf(active), context)
          },
    async inUse() {
      const set = await desk.recall()
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
