import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { ownFolder } from '../config/layout.ts'
import type { Context } from '../context.ts'
import { readFileOrNull, writeFileAtomic } from '../disk/atomic-file.ts'
import { nullable, object, oneOf, text } from '../disk/json-shape.ts'
import { withLockAt } from '../disk/lock.ts'
import { makeFolder } from '../disk/make-folder.ts'
import { storeError } from '../error.ts'
import { limits } from '../limits.ts'
import type { Status } from './status.ts'
import { neverUpdated } from './untold-verdict.ts'
import { gravestVerdict, type ProtectionState, type ProtectionVerdict, protectionStates } from './verdict.ts'

/** A status as it was written down, and when. */
export type PublishedStatus = Status & { readonly asOf: string }

type Place = Pick<Config, 'family' | 'families' | 'store'>

/** Where everybody may read how things stand: one `status.json`, in the root that all families share. */
function statusFile({ store }: Place): string {
  return join(ownFolder(store.shared), 'status.json')
}

/**
 * Puts the status of a family into `status.json`, which is replaced by one rename; what others wrote there of their
 * families stays.
 * @returns what it says of each family now
 * @throws STORE_*, INTERRUPTED
 */
export async function keepPublished(
  place: Place,
  status: PublishedStatus,
  context: Context,
): Promise<ReadonlyMap<string, PublishedStatus>> {
  const file = statusFile(place)
  if (place.families.size === 0) {
    await writeFileAtomic(file, `${JSON.stringify(printed(status))}\n`, 0o644)
    return new Map([[place.family, status]])
  }
  await makeFolder(place.store.shared, 0o755).catch((error: unknown) => {
    throw storeError(error, `making ${place.store.shared}`)
  })
  // Runs of two families end at the same time.
  return withLockAt(`${file}.lock`, { wait: limits.statusLock, context }, async () => {
    const told = new Map([...(await readPublished(place)), [place.family, status]])
    const families = Object.fromEntries(
      [...place.families.keys()].map((name) => {
        const known = told.get(name) ?? { verdict: neverUpdated(name, context.now()), asOf: status.asOf }
        return [name, printed(known)]
      }),
    )
    const verdict = gravestVerdict(Object.values(families).map((one) => one.verdict)) ?? status.verdict
    const whole = printed({ verdict, families, asOf: status.asOf })
    await writeFileAtomic(file, `${JSON.stringify(whole)}\n`, 0o644)
    return told
  })
}

/** What `status` ends with in each state (docs/contract.md section 8). */
const exitCodeOfState: Readonly<Record<ProtectionState, number>> = {
  none: 13,
  'not-in-use': 14,
  stale: 9,
  unknown: 6,
  staged: 0,
  protected: 0,
}

/** With the head that `status --json` prints. */
function printed<T extends { readonly verdict: ProtectionVerdict }>(told: T) {
  const exitCode = exitCodeOfState[told.verdict.state]
  return { schema: 1, command: 'status', ok: exitCode === 0, exitCode, ...told }
}

const published = object<Pick<PublishedStatus, 'asOf' | 'verdict' | 'current'>>({
  asOf: text,
  verdict: (value) => {
    const read = object({ state: oneOf(protectionStates), since: text })(value)
    return read && (value as Status['verdict'])
  },
  current: (value) => nullable(text)(value) as Status['current'] | undefined,
})

/** What `status.json` says of each family of the configuration; nothing of those it does not tell, or cannot. */
export async function readPublished(place: Place): Promise<ReadonlyMap<string, PublishedStatus>> {
  const { family, families } = place
  try {
    const bytes = await readFileOrNull(statusFile(place))
    const value: unknown = bytes === null ? null : JSON.parse(bytes.toString('utf8'))
    if (families.size === 0) return new Map(statusIn(family, value))
    const told = Object(Object(value).families)
    return new Map([...families.keys()].flatMap((name) => statusIn(name, Object(told)[name])))
  } catch {
    return new Map()
  }
}

function statusIn(family: string, value: unknown): [string, PublishedStatus][] {
  // What tells of no set was written by somebody who did not know the family.
  if (published(value) === undefined || !('current' in Object(value))) return []
  // Written by us in one piece, with the shape that was looked at standing for the rest.
  const {
    schema: _s,
    command: _c,
    ok: _o,
    exitCode: _e,
    ...status
  } = value as PublishedStatus & { schema: unknown; command: unknown; ok: unknown; exitCode: unknown }
  return [[family, status]]
}
