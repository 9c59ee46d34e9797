import { createHash } from 'node:crypto'
import { DefsError, isDefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import type { SmallFile, Transport } from '../../transport/transport.ts'
import type { TufKeeper, TufMetadata, TufTarget } from '../tuf-metadata.ts'

/** Folder of the metadata below a host. */
const folder = 'metadata/'

/** What changes whenever anything does, below a host. */
export const timestampPath = `${folder}timestamp.json`

/** How long the answer that there is no further root holds, while nothing else has changed either. Milliseconds. */
export const rootEvery = 24 * 60 * 60 * 1000

/** The validator of what was read under a timestamp: it holds as long as that is the newest. */
export function stampOf(timestamp: Uint8Array): string {
  return `tuf:${createHash('sha256').update(timestamp).digest('hex')}`
}

/**
 * A host whose small files are read only as its metadata vouches for them. Packages pass: the index that names
 * them by size and digest is such a small file. With nothing new this costs one conditional request, for the
 * timestamp: what is kept is proved again, and small files are kept as well (docs/internal-server.md).
 * @throws TRUST_METADATA, TRUST_ROLLBACK, TRUST_FROZEN, SOURCE_*
 */
export async function verifiedHost(
  host: Transport,
  keeper: TufKeeper,
  signal: AbortSignal,
): Promise<Transport> {
  const readMetadata: ReadMetadata = async (name, most) =>
    (await host.read(`${folder}${name}`, most, signal))?.bytes ?? null
  const metadata = await refresh(host, keeper, readMetadata, signal)
  const validator = stampOf(metadata.kept.get('timestamp') ?? new Uint8Array())

  async function read(path: string, limit: number, asking: AbortSignal): Promise<SmallFile | null> {
    const target = await findTarget(path, metadata, readMetadata)
    if (!target) return null
    const kept = await keeper.target(path)
    if (kept !== null && kept.length <= limit && isTarget(kept, target))
      return { url: `${host.url}${target.asked}`, bytes: kept, mediaType: null, validator }
    const file = await host.read(target.asked, Math.min(limit, target.bytes), asking)
    if (!file) {
      const message = `${host.url} lacks ${target.asked}, which its metadata names`
      throw new DefsError('SOURCE_NOT_FOUND', message, { path: target.asked })
    }
    target.check(file.bytes)
    if (file.bytes.length <= limits.tufKeptTarget) await keeper.keepTarget(path, file.bytes)
    return { url: file.url, bytes: file.bytes, mediaType: file.mediaType, validator }
  }

  return { ...host, read }
}

function isTarget(bytes: Uint8Array, target: TufTarget): boolean {
  try {
    target.check(bytes)
    return true
  } catch {
    return false
  }
}

/** The whole refresh, as the specification has it. */
async function refreshAll(keeper: TufKeeper, read: ReadMetadata): Promise<TufMetadata> {
  const metadata = await keeper.open()
  try {
    await refreshMetadata(metadata, read)
  } finally {
    // A root that was accepted stays so, whatever came after it.
    await keeper.keep(metadata)
  }
  return metadata
}

/**
 * Brings metadata up to date: what is trusted already is only proved once more when the server still has the timestamp
 * of last time and was asked for a root not long ago, and all of it still holds.
 */
async function refresh(
  host: Transport,
  keeper: TufKeeper,
  read: ReadMetadata,
  signal: AbortSignal,
): Promise<TufMetadata> {
  const metadata = await keeper.open()
  const kept = metadata.kept.get('timestamp')
  const asked = await keeper.asked()
  const known = asked.timestamp?.url === host.url ? asked.timestamp.validator : null
  const answer =
    kept && known !== null && host.readIfChanged
      ? await host.readIfChanged(timestampPath, limits.tufTimestamp, known, signal)
      : await host.read(timestampPath, limits.tufTimestamp, signal)
  const same =
    answer === 'unchanged' ||
    (answer !== null && kept !== undefined && Buffer.compare(answer.bytes, kept) === 0)
  const waited = keeper.now.getTime() - Date.parse(asked.rootAt ?? '')
  const rootIsKnown = waited >= 0 && waited < rootEvery
  if (same && kept && rootIsKnown) {
    try {
      await refreshMetadata(metadata, async (name, most) => {
        if (name === 'timestamp.json') return kept
        return name.endsWith('.root.json') ? null : read(name, most)
      })
      return metadata
    } catch (error) {
      // A newer root may explain it.
      if (!isDefsError(error) || !error.code.startsWith('TRUST_')) throw error
    }
  }
  const bytes = answer === 'unchanged' ? (kept ?? null) : (answer?.bytes ?? null)
  const fresh = await refreshAll(keeper, async (name, most) =>
    name === 'timestamp.json' ? bytes : read(name, most),
  )
  const validator = answer === 'unchanged' ? known : (answer?.validator ?? null)
  await keeper.keepAsked({
    rootAt: keeper.now.toISOString(),
    timestamp: validator === null ? null : { url: host.url, validator },
  })
  return fresh
}

/** Reads a metadata file of at most so many bytes; null when there is none. */
export type ReadMetadata = (name: string, most: number) => Promise<Uint8Array | null>

/**
 * Brings trusted metadata up to date: roots one by one, then timestamp, snapshot and targets (TUF specification
 * 5.3 to 5.6). After an error, what was trusted so far still is.
 * @throws TRUST_METADATA, TRUST_ROLLBACK, TRUST_FROZEN, SOURCE_*
 * @public used by the client of the conformance suite
 */
export async function refreshMetadata(metadata: TufMetadata, read: ReadMetadata): Promise<void> {
  for (let added = 0; added < limits.tufRoots; added++) {
    const bytes = await read(`${metadata.rootVersion() + 1}.root.json`, limits.tufRoot)
    if (!bytes) break
    metadata.addRoot(bytes)
  }
  metadata.addTimestamp(await demand('timestamp.json', limits.tufTimestamp, read))
  const snapshot = metadata.wantedSnapshot()
  if (snapshot) metadata.addSnapshot(await demand(snapshot.name, snapshot.most, read))
  await loadRole('targets', 'root', metadata, read)
}

/**
 * Looks for a target, in `targets` first and then in the roles it delegates to, in depth and in their order (TUF
 * specification 5.6.7). Null when nobody vouches for it.
 * @public used by the client of the conformance suite
 */
export async function findTarget(
  path: string,
  metadata: TufMetadata,
  read: ReadMetadata,
): Promise<TufTarget | null> {
  const asked = new Set<string>()
  const open = [{ role: 'targets', parent: 'root' }]
  for (;;) {
    const next = open.pop()
    // Rule: each role once, and not many. Stops: delegations that go round for ever.
    if (!next || asked.size > limits.tufDelegations) return null
    if (asked.has(next.role)) continue
    await loadRole(next.role, next.parent, metadata, read)
    const found = metadata.targetIn(next.role, path)
    if (found) return found
    asked.add(next.role)
    const further = metadata.delegations(next.role, path)
    const last = further.findIndex(({ terminating }) => terminating)
    if (last >= 0) open.splice(0)
    const children = last < 0 ? further : further.slice(0, last + 1)
    open.push(...children.map(({ role }) => ({ role, parent: next.role })).reverse())
  }
}

async function loadRole(
  role: string,
  parent: string,
  metadata: TufMetadata,
  read: ReadMetadata,
): Promise<void> {
  const wanted = metadata.wantedRole(role, parent)
  if (wanted) metadata.addRole(await demand(wanted.name, wanted.most, read), role, parent)
}

async function demand(name: string, most: number, read: ReadMetadata): Promise<Uint8Array> {
  const bytes = await read(name, most)
  if (bytes) return bytes
  throw new DefsError('SOURCE_NOT_FOUND', `the server has no ${name}: is it an internal server of ours?`, {
    path: name,
  })
}
