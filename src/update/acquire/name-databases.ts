import { createHash } from 'node:crypto'
import type { OpenedFile } from '../../archive/opened.ts'
import { ignoredFile } from '../../clamav/ignored.ts'
import { vendorKeys } from '../../clamav/keys.ts'
import { DefsError } from '../../error.ts'
import { listSets, setDirectory } from '../../hawking/sets.ts'
import type { Store } from '../../hawking/store.ts'
import { compareSetNames, type SetName, setName } from '../../set-name.ts'
import { fingerprintOf, readInstalled } from '../../source/clamav/installed.ts'
import type { Signer } from '../../trust/authentic.ts'
import type { SealedFrom } from './acquired.ts'
import type { BroughtDatabase, DatabaseJob } from './database-job.ts'
import type { AcquiredPart } from './parts.ts'

/**
 * Names a set of databases: the day of the newest build and the version of `daily` (else of the newest database)
 * modulo 1000. The same contents have the same name, however they were packed; a set of that day with other contents
 * has a lower one. A list that comes back to what it held before makes a new set: it is guarded by itself, and its old
 * set would pass for older than the current one.
 * @param files what lies in the set, where the list of exceptions is looked for
 * @param base the current set; null when there is none
 * @throws STORE_*
 */
export async function nameSet(
  databases: readonly BroughtDatabase[],
  custom: readonly AcquiredPart[],
  files: readonly OpenedFile[],
  store: Store,
  base: SetName | null,
): Promise<SetName> {
  const newest = databases.reduce((most, next) => (next.builtAt > most.builtAt ? next : most))
  const daily = databases.find(({ proved }) => proved.name === 'daily') ?? newest
  const nameOf = (revision: number) => {
    const { builtAt } = newest
    return setName(builtAt.getUTCFullYear(), builtAt.getUTCMonth() + 1, builtAt.getUTCDate(), revision)
  }
  const wanted = daily.proved.version % 1000
  const first = nameOf(wanted)
  if (!first) throw new DefsError('TRUST_SET_NAME', `${newest.builtAt.toISOString()} is no day for a set`)
  const ofThatDay = (await listSets(store)).filter((set) => set.slice(0, 8) === first.slice(0, 8))
  const contents = fingerprintOf(
    databases.map(({ proved }) => [proved.name, proved.version]),
    [...custom.map(({ record }) => record), ...files.filter(({ name }) => name === ignoredFile)].map(
      ({ name, sha256 }) => [name, sha256 ?? ''] as const,
    ),
  )
  for (const set of ofThatDay)
    if (!isBefore(set, base) && (await contentsOf(set, store)) === contents) return set
  const highest = Math.max(...ofThatDay.map((set) => Number(set.slice(9))), -1)
  const name = nameOf(highest < wanted ? wanted : highest + 1) ?? firstFree(ofThatDay, nameOf)
  if (name) return name
  throw new DefsError(
    'TRUST_SET_NAME',
    `no revision of ${first.slice(0, 8)} is left: remove a set of that day`,
  )
}

function isBefore(set: SetName, base: SetName | null): boolean {
  return base !== null && compareSetNames(set, base) < 0
}

async function contentsOf(set: SetName, store: Store): Promise<string> {
  const { databases, others, exceptions } = await readInstalled({ set, directory: setDirectory(store, set) })
  return fingerprintOf(
    [...databases].map(([name, { version }]) => [name, version]),
    exceptions === null ? others : [...others, [ignoredFile, exceptions] as const],
  )
}

// Revisions end with 999; which set is newer, the sequence number tells all the same.
function firstFree(taken: readonly SetName[], nameOf: (revision: number) => SetName | undefined) {
  for (let revision = 0; revision < 1000; revision++) {
    const name = nameOf(revision)
    if (name && !taken.includes(name)) return name
  }
  return undefined
}

/** Who vouches for a set of databases: the weakest of their proofs. What came by the legacy keys alone is said. */
export function weakestSigner(databases: readonly BroughtDatabase[], { run }: DatabaseJob): SealedFrom {
  const note = (text: string) => run.context.emit({ type: 'note', level: 'warning', text })
  for (const { proved, how, unjudged } of databases) {
    const what = `${proved.name} ${proved.version}`
    if (unjudged) note(`${what} has a .sign that cannot be judged: name its roots below certificates`)
    if (how !== 'copied' && proved.method === 'legacy')
      note(`${what} is proved by ClamAV's built-in keys only; 'sign: require' would refuse it`)
  }
  const weakest = databases.find(({ proved }) => proved.signer === null)
  const signer = weakest ? legacySigner() : databases[0]?.proved.signer
  return { signer: signer ?? legacySigner(), databases: databases.map(({ proved }) => proved) }
}

/** The keys that are built into ClamAV, as a signer. */
function legacySigner(): Signer {
  const name = "ClamAV's built-in keys"
  const fingerprint = createHash('sha256').update(vendorKeys.info.modulus.toString(16)).digest('hex')
  const anchor = { anchor: name, anchorFingerprint: fingerprint }
  return { name, fingerprint, ...anchor, method: 'clamav rsa-md5, rsa-pss-sha256', expired: false }
}
