import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { ScannerConfig } from '../config/config.ts'
import type { Context } from '../context.ts'
import { DefsError, describeError } from '../error.ts'
import type { Active } from '../hawking/stage.ts'
import type { Store } from '../hawking/store.ts'
import { limits } from '../limits.ts'
import type { SetName } from '../set-name.ts'
import { type ClamdConf, findClamdConf } from './clamd-conf.ts'
import { isDisabled, type KnownClamd, lookAtClamd, type Proof, proofFor } from './clamd-proof.ts'
import { askClamd, loadedNumber, scanByClamd } from './clamd-session.ts'
import { waitForClamd, watchLoads } from './clamd-wait.ts'
import { unreadableFor } from './may-read.ts'
import { runHook } from './run-hook.ts'
import type { Absent, InUse, Scanner, ScannerSight, ScannerStore } from './scanner.ts'

type ClamdConfig = Extract<ScannerConfig, { kind: 'clamd' }>

/**
 * ClamAV's daemon, its `DatabaseDirectory` being the `current` link of the store. It answers RELOAD before it has
 * loaded anything, and keeps its old engine (or none at all) when it cannot; so a set counts as used only when
 * VERSION shows the number of its `daily` database, or what only this set knows is detected. A clamd that can show
 * neither is told of the set, and no more is claimed.
 */
export function openClamd(config: ClamdConfig, store: Store, memory: ScannerStore): Scanner {
  const { socket, canary, restart } = config
  const folderOf = (set: SetName) => join(store.virusDefs, set)
  const conf = () => findClamdConf(socket, config.conf)
  // One question is no longer than the whole may take, but for the moments that a busy machine needs.
  const within = Math.min(limits.clamdAnswer, Math.max(leastAnswer, config.timeout))

  function proofOf({ set, directory, previous }: Active): Promise<Proof> {
    return proofFor({ set, directory }, previous === null ? null : folderOf(previous), canary)
  }

  async function handOver(
    active: Active,
    tell: (context: Context) => Promise<string | null>,
    context: Context,
  ): Promise<InUse | Absent> {
    const says = await conf()
    const hindrance = await hindranceOf(active, says)
    if (hindrance !== null) return hindrance
    const proof = await proofOf(active)
    const known = await knowledgeOf(active, says)
    const loads = says?.logFile ? await watchLoads(says.logFile) : null
    const deaf = await tell(context)
    if (deaf !== null) return { absent: `clamd at ${socket} ${deaf}` }
    const end = await waitForClamd(config, { proof, known, loads }, active.set, context)
    if ('absent' in end) return end
    await memory.remember(active.set)
    return { set: active.set, ...end }
  }

  /** Why nothing that we tell this clamd can help, by its configuration; null when nothing is known to. */
  async function hindranceOf(active: Active, says: ClamdConf | null): Promise<Absent | null> {
    if (says === null) return null
    const away = await elsewhere(says, active.directory)
    if (away !== null) return { absent: away, elsewhere: true }
    const user = says.user
    const path = user === null ? null : await unreadableFor(user, active.directory).catch(() => null)
    if (path !== null) {
      return {
        absent: `clamd runs as '${user}' (${says.path}), who may not read ${path}: see store.group, or owner and mode`,
      }
    }
    if (says.reloadCommand) return null
    return {
      absent: `${says.path} says EnableReloadCommand no: clamd takes the set when it is restarted, or by its SelfCheck`,
    }
  }

  /** What is known of the canaries of this clamd, before it is told of the next set. */
  async function knowledgeOf({ previous }: Active, says: ClamdConf | null): Promise<KnownClamd> {
    if (says?.officialOnly) return { canaries: 'no' }
    if ((await memory.memory()).canary) return { canaries: 'yes' }
    if (previous === null) return { canaries: 'unknown' }
    const proof = await proofFor({ set: previous, directory: folderOf(previous) }, null, null)
    if (proof.bait === null) return { canaries: 'unknown' }
    const found = await scanByClamd(socket, proof.bait.bytes).catch(() => undefined)
    if (found === undefined) return { canaries: 'unknown' }
    return { canaries: found === null ? 'unseen' : 'yes' }
  }

  async function sight(current: SetName | null): Promise<ScannerSight> {
    const told = await memory.recall()
    const set = current ?? told
    if (set === null) return nothingToAsk(socket, within)
    const says = await conf()
    const { previous } = await memory.readPointer(store)
    const active = { set, directory: folderOf(set), previous: previous === set ? null : previous }
    const canaries = says?.officialOnly ? 'no' : (await memory.memory()).canary ? 'yes' : 'unknown'
    const seen = await lookAtClamd(socket, await proofOf(active), { canaries }, within)
    const said = `clamd at ${socket}: ${seen.said}`
    if (seen.state === 'gone') return { state: 'dead', set: null, said }
    if (seen.state === 'silent' || seen.state === 'lost') return { state: seen.state, set: null, said }
    if (seen.canary) return { state: 'in-use', set, said, canary: true }
    const away = says && (await elsewhere(says, active.directory))
    if (away) return { state: 'elsewhere', set: null, said: away }
    if (seen.state === 'other') return { state: 'other', set: await otherThan(set, told, canaries), said }
    if (seen.state === 'shown' && seen.by !== 'reload') return { state: 'in-use', set, said }
    const why = says?.officialOnly ? `; ${says.path} says OfficialDatabaseOnly yes: no canary is loaded` : ''
    return { state: 'told', set: told === set ? set : null, said: `${said}${why}` }
  }

  /** The set that was told last, when that is the one it still shows. */
  async function otherThan(set: SetName, told: SetName | null, canaries: KnownClamd['canaries']) {
    if (told === null || told === set) return null
    const proof = await proofFor({ set: told, directory: folderOf(told) }, folderOf(set), canary)
    return (await lookAtClamd(socket, proof, { canaries }, within)).state === 'shown' ? told : null
  }

  return {
    handOver: (active, context) => handOver(active, (own) => tellClamd(config, own), context),
    revive:
      restart.length === 0
        ? null
        : async (active, context) => {
            const start = async (own: Context) => {
              const failed = await runHook(
                active,
                { argv: restart, timeout: config.timeout },
                store.root,
                own,
              )
              return failed === null ? null : `was not started: ${failed}`
            }
            return handOver(active, start, context)
          },
    async inUse() {
      const set = await memory.recall()
      if (set === null) return null
      const seen = await sight(set)
      return seen.state === 'in-use' || seen.state === 'told' ? set : null
    },
    sight,
    async ailment(active) {
      const trouble = await clamdTrouble(socket, await proofOf(active))
      return trouble === null ? null : `clamd at ${socket} is not well: ${trouble}`
    },
  }
}

/** A clamd that is well answers in this time on the slowest machine. Milliseconds. */
const leastAnswer = 2000

async function nothingToAsk(socket: string, within: number): Promise<ScannerSight> {
  const any: Proof = { kind: 'reload', number: null, bait: null, lack: null }
  const { state, said } = await lookAtClamd(socket, any, { canaries: 'unknown' }, within)
  const text = `clamd at ${socket}: ${said}`
  if (state === 'gone') return { state: 'dead', set: null, said: text }
  return { state: state === 'silent' || state === 'lost' ? state : 'other', set: null, said: text }
}

/** That clamd reads another folder, as its configuration says; null when it does not, or that cannot be told here. */
async function elsewhere({ path, databaseDirectory }: ClamdConf, directory: string): Promise<string | null> {
  if (databaseDirectory === null) return null
  const [theirs, ours] = await Promise.all([realpath(databaseDirectory), realpath(directory)]).catch(() => [])
  if (theirs === undefined || theirs === ours) return null
  return `DatabaseDirectory in ${path} is ${databaseDirectory}, which is not the current set of the store`
}

/**
 * Tells clamd to load; null when it says that it will. One without an engine is not told: no reload gives it another
 * (clamd 1.4 with `ConcurrentDatabaseReload no`).
 */
async function tellClamd(
  { socket, timeout }: Pick<ClamdConfig, 'socket' | 'timeout'>,
  context: Context,
): Promise<string | null> {
  const begun = performance.now()
  const left = () => Math.min(limits.clamdAnswer, begun + Math.max(leastAnswer, timeout) - performance.now())
  let why = ''
  // Timers may end a moment early: less than a millisecond is no time.
  for (let told = 0; told < limits.clamdTells && left() >= 1; told += 1) {
    if (told > 0) await rest(context)
    try {
      if (loadedNumber(await askClamd(socket, 'VERSION', left())) === 'none')
        return 'has lost its engine: restart it'
      const answer = await askClamd(socket, 'RELOAD', Math.max(1, left()))
      if (answer === 'RELOADING') return null
      if (isDisabled(answer))
        return 'takes no RELOAD (EnableReloadCommand no): it takes the set when it is restarted'
      why = `answered RELOAD with '${answer}'`
    } catch (error) {
      why = `cannot be asked; is it running? (${describeError(error)})`
    }
  }
  return why
}

async function rest({ sleep, signal }: Context): Promise<void> {
  await sleep(limits.scannerPoll, signal).catch((cause: unknown) => {
    throw new DefsError('INTERRUPTED', 'interrupted while clamd was being told', { cause })
  })
}

const harmless = Buffer.from('defs asks whether clamd still scans.\n')

/**
 * What is wrong with a clamd that should be using a set: it is gone or silent, has lost its engine, shows another set,
 * or does not scan. Null when it is well. Never throws.
 */
async function clamdTrouble(socket: string, proof: Proof): Promise<string | null> {
  // The configured sample would count among the detections of its log at every look.
  const bait = proof.kind === 'sample' ? null : proof.bait
  const { state, said } = await lookAtClamd(socket, { ...proof, bait }, { canaries: 'unknown' })
  if (state !== 'shown' && state !== 'mute') return said
  if (bait !== null) return null
  try {
    const found = await scanByClamd(socket, harmless)
    return found === null ? null : `it finds ${found} in harmless text`
  } catch (error) {
    return describeError(error)
  }
}
