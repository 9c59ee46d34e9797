import { join } from 'node:path'
import type { Context } from '../context.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { askClamd } from './clamd-session.ts'
import { loadedNumber, numberOfSet } from './clamd-version.ts'
import type { Desk } from './desk.ts'
import type { Scanner } from './scanner.ts'

/**
 * ClamAV's daemon, its `DatabaseDirectory` being the `current` link of the store. It answers RELOAD before it has
 * loaded anything, and keeps its old engine when it cannot; so a set counts as used only when VERSION shows the
 * number of the set's `daily` database. For a set without one, that clamd still answers is all that can be known.
 * @param socket path of a Unix socket, or `host:port`
 */
export function openClamd(socket: string, virusDefs: string, desk: Desk): Scanner {
  return {
    async handOver({ set, directory }, context) {
      const wanted = await numberOfSet(directory)
      const answer = await ask(socket, 'RELOAD')
      if (answer !== 'RELOADING') throw refused(socket, `it answered RELOAD with '${answer}'`)
      await waitFor(wanted, socket, context)
      await desk.remember(set)
      return { set, proof: wanted === null ? 'reload' : 'version' }
    },
    async inUse() {
      const set = await desk.recall()
      if (set === null) return null
      const answer = await askClamd(socket, 'VERSION').catch(() => '')
      const wanted = await numberOfSet(join(virusDefs, set))
      return matches(answer, wanted) ? set : null
    },
  }
}

async function waitFor(wanted: number | null, socket: string, context: Context): Promise<void> {
  let answer = ''
  for (let waited = 0; waited <= limits.clamdReload; waited += limits.clamdPoll) {
    try {
      await context.sleep(limits.clamdPoll, context.signal)
    } catch (cause) {
      throw new DefsError('INTERRUPTED', 'interrupted while clamd was loading', { cause })
    }
    answer = await ask(socket, 'VERSION')
    if (matches(answer, wanted)) return
  }
  throw refused(socket, `it still says '${answer}' after ${limits.clamdReload / 1000} s; its log says why`)
}

function matches(answer: string, wanted: number | null): boolean {
  const loaded = loadedNumber(answer)
  return loaded !== undefined && (wanted === null || loaded === wanted)
}

async function ask(socket: string, command: 'RELOAD' | 'VERSION'): Promise<string> {
  return askClamd(socket, command).catch((cause: unknown) => {
    throw refused(socket, 'it cannot be asked; is it running?', cause)
  })
}

function refused(socket: string, what: string, cause?: unknown): DefsError {
  return new DefsError('SCANNER_REFUSED', `clamd at ${socket} did not take the set: ${what}`, {
    cause,
    path: socket,
  })
}
