import { createHash, type KeyObject } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { busNames } from '../../bus/connect.ts'
import { sendOnce } from '../../bus/host-line.ts'
import { seedOf } from '../../bus/nkey.ts'
import type { Config } from '../../config/config.ts'
import type { FleetConfig } from '../../config/fleet.ts'
import type { Context, Follower } from '../../context.ts'
import { writeFileAtomic } from '../../disk/atomic-file.ts'
import { freeSpace } from '../../disk/free-space.ts'
import { describeError } from '../../error.ts'
import { isHeld } from '../../hawking/records.ts'
import { openScannerStore } from '../../hawking/scanner-store.ts'
import { peekSourceRecords } from '../../hawking/state.ts'
import { openStore, type Store } from '../../hawking/store.ts'
import { readStoreView } from '../../hawking/view.ts'
import { lookUpLicence } from '../../licence/look-up.ts'
import { scannerInForce } from '../../scanner/in-force.ts'
import { openScanner } from '../../scanner/kinds.ts'
import { ageOf, type SetName } from '../../set-name.ts'
import { type HostCandidate, type HostReport, signReport } from '../report.ts'
import { fleetFolder, hostName, notJoined, readHostKey } from './identity.ts'
import { keep, readKept } from './kept-report.ts'
import { candidateOf, type RunEnding } from './outcome.ts'

/** The last report, as `update --json` and `status --json` tell of it. */
export interface Reported {
  readonly at: string
  readonly seq: number
  /** The command that sent it. */
  readonly by: string
}

/** What a command says of its host in the fleet. */
export interface Membership {
  readonly name: string
  readonly host: string
  readonly ring: string | null
  readonly why: HostReport['why']
  readonly reported: Reported | null
}

/** How long sending may take. Milliseconds. */
const patience = 3000

/** Tells the fleet what happens to this host. Nothing of it ever fails a run. */
export interface Reporter {
  readonly follower: Follower
  /** Says how a run ended, or only how the host stands; sent when there is something new or it is time. */
  readonly conclude: (ending: RunEnding | null) => Promise<void>
  readonly membership: () => Promise<Membership>
}

/** Opens the reporter of a host; null where the configuration is of no fleet, or the host never joined. */
export async function openReporter(
  config: Config,
  context: Context,
  {
    by,
    version,
    send,
  }: {
    readonly by: string
    readonly version: string
    /** Another way to send, for whoever is on the bus already. */
    readonly send?: (text: string) => Promise<void>
  },
): Promise<Reporter | null> {
  const { fleet } = config
  if (!fleet?.host) return null
  let key: KeyObject | null = null
  try {
    key = await readHostKey(config)
    if (key === null) context.emit({ type: 'note', level: 'warning', text: notJoined })
  } catch (error) {
    context.emit({ type: 'note', level: 'warning', text: `the fleet is not told: ${describeError(error)}` })
  }
  const store = openStore(config.store.root, config.store.layout)
  const seen: { taking: SetName | null; offered: SetName | null } = { taking: null, offered: null }
  const file = join(fleetFolder(config), 'report.json')

  async function tell(
    phase: HostReport['phase'],
    candidate: HostCandidate | null,
    always: boolean,
  ): Promise<void> {
    if (key === null) return
    const before = await readKept(file, context.now())
    const report = await describe({ config, context, store, fleet: fleet ?? null, version, phase, candidate })
    const digest = digestOf(report)
    const waited = context.now().getTime() - Date.parse(before?.at ?? '1970-01-01T00:00:00Z')
    const due = waited < 0 || waited >= pauseOf(fleet, report.host)
    const news = before === null || before.digest !== digest || !before.delivered
    if (!always && !news && !due) return
    const seq = (before?.seq ?? 0) + 1
    const kept = { seq, at: report.at, by, candidate, phase, delivered: false, digest }
    // Kept first: a number is used once, whatever becomes of the report.
    await keep(file, kept)
    const text = JSON.stringify(signReport({ ...report, seq }, key))
    await (send ? send(text) : deliver(text, config, report.host, key))
    await keep(file, { ...kept, delivered: true })
  }

  async function quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const text = `the fleet was not told: ${describeError(error)}`
      context.emit({ type: 'note', level: 'warning', text })
    }
  }

  return {
    follower: {
      offered(source, set) {
        if (config.sources.get(source)?.kind === 'internal') seen.offered = set
      },
      taking(set) {
        seen.taking = set
        const at = context.now().toISOString()
        return quietly(() => tell('taking', { set, outcome: null, exitCode: null, error: null, at }, true))
      },
    },
    conclude: (ending) =>
      quietly(async () => {
        const before = await readKept(file, context.now())
        const known = before?.candidate ?? null
        const at = context.now().toISOString()
        const found = ending === null ? null : candidateOf(ending, { ...seen, before: known }, at)
        // A run that was cut short after it had begun to take a set said nothing of how that ended.
        const candidate = found ?? known
        const phase = candidate === null ? 'idle' : candidate.outcome === null ? 'taking' : 'done'
        await tell(phase, candidate, found !== null)
      }),
    async membership() {
      const kept = await readKept(file, context.now())
      const place = await placeOf(config, store)
      return {
        name: fleet.name,
        host: hostName(fleet),
        ...place,
        reported: kept?.delivered ? { at: kept.at, seq: kept.seq, by: kept.by } : null,
      }
    },
  }
}

/** Rule of three: the pause, with a part that is this host's own, so that a fleet does not report as one. */
function pauseOf(fleet: FleetConfig | null, host: string): number {
  const every = fleet?.host?.every ?? 0
  const draw = createHash('sha256').update(host).digest().readUInt32BE(0) / 2 ** 32
  return every * (0.8 + 0.2 * draw)
}

async function deliver(text: string, config: Config, host: string, key: KeyObject): Promise<void> {
  const { fleet } = config
  if (!fleet) return
  if (fleet.bus === null) {
    const folder = fleet.reports ?? ''
    await mkdir(folder, { recursive: true, mode: 0o755 })
    return writeFileAtomic(join(folder, `${host}.json`), text, 0o644)
  }
  await sendOnce(
    fleet.bus,
    { name: host, seed: seedOf(key) },
    busNames(fleet.name).report(host),
    text,
    patience,
  )
}

async function placeOf(config: Config, store: Store): Promise<Pick<Membership, 'ring' | 'why'>> {
  const records = await peekSourceRecords(store)
  for (const source of config.sources.values()) {
    if (source.kind !== 'internal') continue
    const ring = records[source.name]?.ring
    if (ring) return { ring: ring.name, why: ring.why }
    if (source.channel !== 'auto') return { ring: source.channel, why: 'configured' }
  }
  return { ring: null, why: null }
}

interface Describing {
  readonly config: Config
  readonly context: Context
  readonly store: Store
  readonly fleet: FleetConfig | null
  readonly version: string
  readonly phase: HostReport['phase']
  readonly candidate: HostCandidate | null
}

/** The host as it stands, read from its store. */
async function describe(what: Describing): Promise<HostReport> {
  const { config, context, store, fleet, version, phase, candidate } = what
  const now = context.now()
  const view = await readStoreView(store, config.product)
  const inUse = await openScanner(scannerInForce(config), store, openScannerStore(store))
    .inUse()
    .catch(() => null)
  const records = await peekSourceRecords(store)
  const internal = [...config.sources.values()].find(({ kind }) => kind === 'internal')
  const statement = internal ? (records[internal.name]?.statement ?? null) : null
  const { current, previous } = view.pointer
  const provenance = view.sets.find(({ set }) => set === current)?.provenance ?? null
  const licence = await lookUpLicence(config.licence, now)
  const { attempt } = view
  return {
    schema: 1,
    fleet: fleet?.name ?? '',
    host: fleet ? hostName(fleet) : '',
    ...(await placeOf(config, store)),
    seq: 0,
    at: now.toISOString(),
    phase,
    current,
    previous,
    inUse,
    grade: provenance?.grade ?? null,
    ageSeconds: current === null ? null : Math.floor(ageOf(current, now) / 1000),
    statement: statement && { channel: statement.channel, number: statement.number },
    candidate,
    lastAttempt: attempt && {
      at: attempt.at,
      source: attempt.source,
      outcome: attempt.outcome,
      error: attempt.error?.code ?? null,
    },
    holds: view.holds
      .filter((hold) => isHeld(hold, now))
      .map(({ set }) => set)
      .slice(0, 20),
    barred: view.bars.map(({ set }) => set).slice(-20),
    licence: { state: licence.state },
    labels: fleet?.host?.labels ?? {},
    defs: version,
    scanner: { kind: config.scanner.kind, version: null },
    disk: { freeBytes: (await freeSpace(config.store.root).catch(() => null))?.free ?? 0 },
    every: Math.max(1, Math.round((fleet?.host?.every ?? 0) / 1000)),
    confirms: config.scanner.confirm > 0,
  }
}

/** What changes by itself is no news. */
function digestOf({
  seq: _seq,
  at: _at,
  ageSeconds: _age,
  disk: _disk,
  lastAttempt,
  ...rest
}: HostReport): string {
  const told = {
    ...rest,
    lastAttempt: lastAttempt && { outcome: lastAttempt.outcome, error: lastAttempt.error },
  }
  return createHash('sha256').update(JSON.stringify(told)).digest('hex')
}
