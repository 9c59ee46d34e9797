import { formatDuration } from '../../config/measure.ts'
import { DefsError } from '../../error.ts'
import { isHeld } from '../../hawking/records.ts'
import { ageOf, type SetName } from '../../set-id.ts'
import type { CommandResult } from '../command-result.ts'
import { exitCodeOf } from '../exit-code.ts'
import type { Session } from '../session.ts'
import { statusLines } from '../status-lines.ts'
import { type Health, healthOf, readStore, type StoreReading } from '../store-reading.ts'

export interface StatusInput {
  /** As typed, for example `36h`; null for `maxAge` of the configuration. */
  readonly maxAge: string | null
}

/** The fields of `status` in JSON. */
export interface Status {
  readonly current: SetName | null
  readonly previous: SetName | null
  readonly inUse: SetName | null
  readonly grade: string | null
  readonly sequence: number | null
  readonly ageSeconds: number | null
  readonly stale: boolean
  readonly source: string | null
  readonly signedBy: string | null
  readonly lastAttempt: StoreReading['view']['attempt']
  readonly lastSuccess: string | null
  readonly nextRuns: readonly never[]
  readonly holds: StoreReading['view']['holds']
  readonly barred: StoreReading['view']['bars']
  readonly licence: { readonly state: string; readonly ends: string | null }
  readonly sources: readonly {
    readonly name: string
    readonly kind: string
    readonly health: Health
    readonly coolingUntil: string | null
  }[]
}

/** Shows what is live and how the last update went; 9 when it is stale, 13 when there is nothing. */
export async function run({ maxAge }: StatusInput, session: Session): Promise<CommandResult> {
  const reading = await readStore(session, maxAge === null ? {} : { maxAge })
  const status = describeStatus(reading)
  const error = errorOf(status, reading)
  return {
    exitCode: error ? exitCodeOf[error.code] : 0,
    json: { ...status },
    lines: statusLines(status, reading.config.maxAge),
    ...(error ? { error } : {}),
  }
}

/** What the store says, as the contract prints it. */
export function describeStatus({ config, view, inUse, now }: StoreReading): Status {
  const { current, previous } = view.pointer
  const set = view.sets.find((one) => one.current)
  const age = current === null ? null : ageOf(current, now)
  const successes = Object.values(view.sources).flatMap(({ lastSuccess }) => lastSuccess ?? [])
  return {
    current,
    previous,
    inUse,
    grade: set?.provenance?.grade ?? null,
    sequence: set?.provenance?.sequence?.number ?? null,
    ageSeconds: age === null ? null : Math.floor(age / 1000),
    stale: age === null || age > config.maxAge,
    source: set?.provenance?.source ?? null,
    signedBy: set?.provenance?.signer.name ?? null,
    lastAttempt: view.attempt,
    lastSuccess: successes.toSorted().at(-1) ?? null,
    nextRuns: [],
    holds: view.holds.filter((hold) => isHeld(hold, now)),
    barred: view.bars,
    licence: { state: config.licence.required ? 'not checked' : 'not required', ends: null },
    sources: [...config.sources.values()].map(({ name, kind }) => ({
      name,
      kind,
      ...healthOf(view.sources[name], now),
    })),
  }
}

function errorOf({ current, stale }: Status, { config, view }: StoreReading): DefsError | null {
  if (view.sets.length === 0) {
    return new DefsError('STORE_NO_DEFINITIONS', `no set is in ${config.store.root}: run defs update`)
  }
  if (!view.sets.some((set) => set.current)) {
    const named = current === null ? 'no set' : `${current}, which is not there`
    return new DefsError('STORE_POINTER', `definfo.dat names ${named}: run defs update`)
  }
  if (!stale) return null
  const allowed = formatDuration(config.maxAge)
  return new DefsError('STORE_STALE', `${current} is older than the ${allowed} allowed: run defs update`)
}
