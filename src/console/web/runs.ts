import { randomUUID } from 'node:crypto'
import { bounds } from '../bounds.ts'
import type { Actions, Answer, Order, Running } from '../facts.ts'

/** What became of an order. */
export interface ConsoleRun {
  readonly run: string
  readonly order: Order
  /** RFC 3339, UTC. */
  readonly since: string
  /** Null while it is at work. */
  readonly answer: Answer | null
}

/** The orders that were given here, one at a time. */
export interface Runs {
  /** Begins one; the run that is going on when there is one already. */
  readonly begin: (order: Order) => Promise<{ readonly run: string } | { readonly busy: Running }>
  /** The run when it has ended, or after a moment as it is. */
  readonly wait: (run: string) => Promise<ConsoleRun | null>
  readonly find: (run: string) => ConsoleRun | null
  /** Whatever is at work, here or elsewhere. */
  readonly running: () => Promise<Running | null>
  /** Resolves when nothing of ours is at work any more. */
  readonly close: () => Promise<void>
}

// They ask sources, or read every file of a set.
const longActions = ['update', 'verify'] as const

/** Opens the runs. @param ended is called after each of them */
export function openRuns(actions: Actions, now: () => Date, ended: () => void): Runs {
  const runs = new Map<string, ConsoleRun>()
  const works = new Map<string, Promise<void>>()
  let current: ConsoleRun | null = null

  return {
    async begin(order) {
      // Asked for first: nothing may come between the last look and the beginning.
      const elsewhere = current === null ? await actions.atWork() : null
      if (current !== null) return { busy: asRunning(current) }
      if (elsewhere !== null) return { busy: elsewhere }
      const begun: ConsoleRun = { run: randomUUID(), order, since: now().toISOString(), answer: null }
      current = begun
      runs.set(begun.run, begun)
      const [oldest] = runs.keys()
      if (runs.size > bounds.runs && oldest !== undefined) runs.delete(oldest)
      works.set(begun.run, carryOut(begun))
      return { run: begun.run }
    },
    async wait(run) {
      let clock: NodeJS.Timeout | undefined
      const patience = new Promise<void>((resolve) => {
        const long = longActions.some((action) => action === runs.get(run)?.order.action)
        clock = setTimeout(resolve, long ? bounds.longPatience : bounds.patience)
      })
      await Promise.race([works.get(run), patience])
      clearTimeout(clock)
      return runs.get(run) ?? null
    },
    find: (run) => runs.get(run) ?? null,
    running: async () => (current === null ? actions.atWork() : asRunning(current)),
    async close() {
      await Promise.all(works.values())
    },
  }

  async function carryOut(begun: ConsoleRun): Promise<void> {
    try {
      const answer = await actions.carryOut(begun.order)
      runs.set(begun.run, { ...begun, answer })
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      const body = { schema: 1, ok: false, exitCode: 1, error: { code: 'BUG', message: text } }
      runs.set(begun.run, { ...begun, answer: { exitCode: 1, text: `${JSON.stringify(body)}\n`, body } })
    } finally {
      current = null
      works.delete(begun.run)
      ended()
    }
  }
}

function asRunning({ order, since }: ConsoleRun): Running {
  return { command: order.action, since, user: order.user }
}
