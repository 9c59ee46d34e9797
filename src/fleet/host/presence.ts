import { type HostLine, openHostLine } from '../../bus/host-line.ts'
import { seedOf } from '../../bus/nkey.ts'
import type { Config } from '../../config/config.ts'
import type { Context } from '../../context.ts'
import { describeError } from '../../error.ts'
import { peekSourceRecords } from '../../hawking/state.ts'
import { openStore } from '../../hawking/store.ts'
import { hostName, notJoined, readHostKey } from './identity.ts'
import { newsJudge } from './news.ts'
import { openWaking } from './wake.ts'

/** How long sending one report may take. Milliseconds. */
const patience = 3000

/** From one try to reach the bus to the next, at most. Milliseconds. */
const pause = 60_000

/** A host that stays on the bus. */
export interface Presence {
  /** Sends a report over the open line. @throws SOURCE_* while there is none */
  readonly send: (text: string) => Promise<void>
  readonly isUp: () => boolean
  readonly close: () => Promise<void>
}

/**
 * Keeps a host of a fleet on the bus for as long as its daemon lives; null where there is no bus. A bus that is away is
 * told once and tried again, and so is a host that never joined: it goes on without it.
 * @param ask has the daemon ask its source; never throws
 * @param kept what this host trusts of its sources, as announcements are judged by
 */
export async function openPresence(
  config: Config,
  context: Context,
  { ask, kept }: { readonly ask: () => void; readonly kept: Parameters<typeof newsJudge>[0] },
): Promise<Presence | null> {
  const { fleet } = config
  if (!fleet?.host || !fleet.bus) return null
  const { bus, name } = fleet
  const host = hostName(fleet)
  const store = openStore(config.store.root, config.store.layout)
  const waking = openWaking({
    random: context.random,
    ask,
    worth: newsJudge(kept, context.now),
    async spread() {
      const records = Object.values(await peekSourceRecords(store))
      return 1000 * Math.max(0, ...records.map(({ ring }) => ring?.spread ?? 0))
    },
  })
  let line: HostLine | null = null
  let told = false
  const closing = new AbortController()

  async function stay(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        // Read each time: a host may join, or get a new key, while its daemon runs.
        const key = await readHostKey(config)
        if (key === null) throw new Error(notJoined)
        line = await openHostLine(bus, { name: host, seed: seedOf(key) }, name, waking.hint)
        told = false
        if (closing.signal.aborted) await line.close()
        await line.ended
      } catch (error) {
        const text = `the bus of the fleet cannot be reached, updates go on without it: ${describeError(error)}`
        if (!told) context.emit({ type: 'note', level: 'warning', text })
        told = true
      }
      line = null
      await context.sleep(pause * (0.5 + 0.5 * context.random()), closing.signal).catch(() => undefined)
      if (context.signal.aborted) return
    }
  }

  const staying = stay()
  return {
    isUp: () => line !== null,
    async send(text) {
      if (line === null) throw new Error('the bus cannot be reached')
      await line.send(text, patience)
    },
    async close() {
      closing.abort(new Error('the daemon ends'))
      waking.close()
      await line?.close()
      await staying
    },
  }
}
