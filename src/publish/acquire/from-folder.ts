import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { openPackage } from '../../archive/open.ts'
import type { Opened } from '../../archive/opened.ts'
import { DefsError, storeError } from '../../error.ts'
import { type SetName, setName } from '../../set-id.ts'
import { authenticate } from '../../trust/authenticate.ts'
import type { Trust } from '../../trust/trust.ts'
import { guardSet } from '../../update/guard-set.ts'
import { beginRun } from '../../update/run.ts'
import type { Studio } from '../studio.ts'
import type { Acquired } from './acquired.ts'
import { ownTrust } from './own-trust.ts'

/**
 * A folder of definitions. One that is a set already - it has a guard - is proved as it is; any other one is the
 * admin's own: it gets a guard, signed by our guard authority. Only a copy is judged and published.
 * @param set its name; an own set without one is the next revision of today
 * @throws ARCHIVE_*, TRUST_*, STORE_*
 */
export async function acquireFromFolder(
  folder: string,
  set: SetName | null,
  taken: readonly SetName[],
  studio: Studio,
): Promise<Acquired> {
  const directory = join(studio.desk.work, `tmp${randomBytes(4).toString('hex')}.tmp`)
  const discard = () => rm(directory, { recursive: true, force: true })
  try {
    await mkdir(directory, { mode: 0o700 })
    const opened = await open(resolve(folder), directory, studio)
    const own = opened.guard === null
    const name = set ?? (own ? nextRevision(studio.now, taken) : null)
    const claim = { set: name, sequence: null, grade: 'certified' } as const
    const whole =
      own && name !== null
        ? await guardSet(opened, { ...claim, set: name }, studio.keys.guard, studio.now)
        : opened
    const trust = await trustOf(studio, own)
    return { authentic: authenticate(whole, claim, trust), source: own ? 'own' : 'folder', discard }
  } catch (error) {
    await discard()
    throw storeError(error, `reading ${folder}`)
  }
}

function open(folder: string, directory: string, { config, context }: Studio): Promise<Opened> {
  const { entries, unpacked, ratio } = config.limits
  return openPackage(folder, directory, {
    limits: { entries, unpacked, ratio },
    algorithms: ['sha1'],
    context,
    signal: context.signal,
  })
}

/** Own sets are judged by our own root alone; others by the pinned anchors as well. */
async function trustOf(studio: Studio, own: boolean): Promise<Trust> {
  const { config, context } = studio
  const ours = await ownTrust(studio)
  if (own || config.trust.anchors.length === 0) return ours
  const { trust: pinned } = await beginRun(config, context, { timeout: null, force: false })
  return { ...pinned, anchors: [...pinned.anchors, ...ours.anchors] }
}

function nextRevision(now: Date, taken: readonly SetName[]): SetName {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth() + 1, now.getUTCDate()]
  for (let revision = 1; revision < 1000; revision++) {
    const name = setName(year, month, day, revision)
    if (name && !taken.includes(name)) return name
  }
  throw new DefsError('USAGE_ARGUMENT', `no revision of today is left: name a set`)
}
