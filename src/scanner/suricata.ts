import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ScannerConfig } from '../config/config.ts'
import type { Context } from '../context.ts'
import { DefsError } from '../error.ts'
import type { Active } from '../hawking/stage.ts'
import type { Store } from '../hawking/store.ts'
import { limits } from '../limits.ts'
import type { SetName } from '../set-name.ts'
import type { Absent, InUse, Scanner, ScannerSight, ScannerStore } from './scanner.ts'
import { askLoaded, failureOf, type LoadedRules, readLoaded, readsFrom, rulesIn } from './suricata-rules.ts'
import { withSuricata } from './suricata-session.ts'

type SuricataConfig = Extract<ScannerConfig, { kind: 'suricata' }>

/**
 * Suricata, whose `rule-files` lie below the `current` link of the store. Over its command socket it is told to load its
 * rules anew, and shows afterwards that it did: the load ended after the set became current, its configuration names
 * files of the set, and it counts at least as many rules as the set has. One that is started by somebody else loads
 * what is current by itself.
 */
export function openSuricata(
  { socket, timeout }: SuricataConfig,
  store: Store,
  memory: ScannerStore,
): Scanner {
  async function handOver(active: Active, { signal, sleep }: Context): Promise<InUse | Absent> {
    let shown: LoadedRules
    try {
      shown = await withSuricata(socket, { timeout, signal }, async (ask) => {
        for (let told = 1; ; told += 1) {
          const { ok, message } = await ask({ command: 'ruleset-reload-rules' })
          if (ok) return readLoaded(ask)
          // Somebody else has it load at this moment: what that load reads may be the set before.
          if (told === limits.suricataTells)
            throw new Error(`it does not load: ${String(message).slice(0, 200)}`)
          await sleep(limits.scannerPoll, signal)
        }
      })
    } catch (error) {
      if (signal.aborted)
        throw new DefsError('INTERRUPTED', 'interrupted while suricata was loading', { cause: error })
      const { nobody, text } = failureOf(error)
      const advice = nobody ? 'it loads what is current when it starts' : `see scanner.timeout and its log`
      return { absent: `suricata at ${socket} cannot be told (${text}): ${advice}` }
    }
    const { state, said } = await judge(shown, active, 0)
    if (state === 'elsewhere') return { absent: said, elsewhere: true }
    if (state !== 'in-use')
      throw new DefsError('SCANNER_REFUSED', `suricata did not take ${active.set}: ${said}`, { path: socket })
    await memory.remember(active.set)
    return { set: active.set, proof: 'rules' }
  }

  /** @param since when the set became current; a load before that was of another one */
  async function judge(
    { loaded, failed, skipped, refused, at, files }: LoadedRules,
    { set, directory }: Pick<Active, 'set' | 'directory'>,
    since: number,
  ): Promise<Pick<ScannerSight, 'state' | 'said'>> {
    if (files !== null && !(await readsFrom(files, directory))) {
      const said = `rule-files of suricata at ${socket} is ${files.join(', ')}, none of which lies in ${store.current}`
      return { state: 'elsewhere', said }
    }
    if (at < since)
      return {
        state: 'other',
        said: `it loaded last at ${new Date(at).toISOString()}, before ${set} was current`,
      }
    const rules = await rulesIn(directory)
    const bad = failed === 0 ? '' : `, and cannot parse ${failed}: ${refused.slice(0, 3).join(', ')}`
    if (loaded === 0) return { state: 'lost', said: `it works with no rules${bad}` }
    // What it cannot parse, and what wants another version of it, may be the set's: those are not missed.
    if (loaded + failed + skipped < rules)
      return {
        state: 'other',
        said: `it loaded ${loaded} rules of all its files; ${set} alone has ${rules}${bad}`,
      }
    return { state: 'in-use', said: `it loaded ${loaded} rules${bad}` }
  }

  async function sight(current: SetName | null): Promise<ScannerSight> {
    const told = await memory.recall()
    const set = current ?? told
    let shown: LoadedRules
    try {
      shown = await askLoaded(socket)
    } catch (error) {
      const { nobody, text } = failureOf(error)
      return { state: nobody ? 'dead' : 'silent', set: null, said: `suricata at ${socket}: ${text}` }
    }
    if (set === null)
      return { state: 'other', set: null, said: `suricata at ${socket}: it was told of no set` }
    const directory = join(store.virusDefs, set)
    const link = await lstat(store.current).catch(() => null)
    const { state, said } = await judge(shown, { set, directory }, link?.mtimeMs ?? 0)
    const text = state === 'elsewhere' ? said : `suricata at ${socket}: ${said}`
    const used = state === 'in-use' ? set : state === 'other' && told !== set ? told : null
    return { state, set: used, said: text }
  }

  return {
    handOver,
    revive: null,
    async inUse() {
      const set = await memory.recall()
      return set !== null && (await sight(set)).state === 'in-use' ? set : null
    },
    sight,
    async ailment({ set }) {
      const { state, said } = await sight(set)
      return state === 'in-use' ? null : said
    },
  }
}
