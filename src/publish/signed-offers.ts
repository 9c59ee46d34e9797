import { join } from 'node:path'
import { readSmallArchive } from '../archive/small-archive.ts'
import { readForeign } from '../disk/foreign-file.ts'
import { limits } from '../limits.ts'
import type { SetName, Standing } from '../set-name.ts'
import { readTri } from '../source/liveupdate/tri.ts'
import { findTarget, refreshMetadata } from '../source/liveupdate/tuf.ts'
import type { IndexSubject } from '../source/liveupdate/unchanged.ts'
import type { TufMetadata } from '../source/tuf-metadata.ts'
import { openTufMetadata } from '../trust/tuf.ts'
import { readRoots } from './keys/key-ring.ts'
import type { PublishPaths } from './paths.ts'

/** What one channel offers to whoever proves it. */
export interface SignedOffer {
  readonly set: SetName
  readonly statement: number
  readonly demoted: boolean
  readonly withdrawn: readonly SetName[]
}

/** The tree as clients with the pinned root see it. */
export interface ProvedTree {
  readonly timestamp: { readonly version: number; readonly text: string }
  /** Until when clients believe it: the first end of all its metadata. */
  readonly until: Date
  /** The bytes of a target; null when nobody vouches for it. @throws TRUST_DIGEST, STORE_* */
  readonly read: (path: string) => Promise<Uint8Array | null>
  readonly offer: (channel: string) => Promise<SignedOffer | null>
  /** What `targets` itself vouches for. */
  readonly targets: readonly string[]
  /** The channels that have an index among them. */
  readonly channels: readonly string[]
  /** The set that an index is about that speaks of no channel; null when there is no such index. */
  readonly about: (path: string) => Promise<Standing | null>
}

/** The name under which every channel has its index. */
const index = 'livetri.zip'

/**
 * Reads the tree as a client does, from the first root on. What a channel offers is decided by nothing else: a run
 * that was killed may have written the catalogue beside the tree and not the tree, or the reverse.
 * @returns null for a tree that has nothing signed yet
 * @throws KEYS_MISSING, TRUST_*; the end of its metadata is not judged here
 */
export async function readProvedTree(paths: PublishPaths, subject: IndexSubject): Promise<ProvedTree | null> {
  const [first, ...later] = await readRoots(paths.keys)
  const bytesOf = (path: string) =>
    readForeign(path, limits.indexUnpacked).then(
      ({ bytes }) => bytes,
      () => null,
    )
  const timestamp = await bytesOf(join(paths.metadata, 'timestamp.json'))
  if (first === undefined || timestamp === null) return null
  // Judged at a moment at which nothing has ended: what is past its end is still what clients were told last.
  const metadata = openTufMetadata(new Map([['root', first.bytes]]), new Date(0))
  for (const { bytes } of later) metadata.addRoot(bytes)
  const readMetadata = async (name: string) => bytesOf(join(paths.metadata, name))
  await refreshMetadata(metadata, readMetadata)
  const read = async (path: string): Promise<Uint8Array | null> => {
    const target = await findTarget(path, metadata, readMetadata)
    const bytes = target ? await bytesOf(join(paths.tree, ...target.asked.split('/'))) : null
    if (target && bytes) target.check(bytes)
    return bytes
  }
  const targets = targetsIn(metadata)
  return {
    ...endOf(metadata),
    read,
    targets,
    channels: targets.flatMap((path) => channelOf(path) ?? []).toSorted(),
    async about(path) {
      const archive = await read(path)
      const item = archive === null ? null : await itemIn(archive, subject)
      return item ? { set: item.set, sequence: item.sequence } : null
    },
    async offer(channel) {
      const archive = await read(`${channel}/${index}`)
      return archive === null ? null : offerIn(archive, subject)
    },
  }
}

function channelOf(path: string): string | null {
  const [channel = '', file, ...below] = path.split('/')
  return file === index && below.length === 0 ? channel : null
}

async function itemIn(archive: Uint8Array, subject: IndexSubject) {
  const files = await readSmallArchive(archive, { name: index })
  const text = files.get('liveupdt.tri')
  return text === undefined ? null : readTri(new TextDecoder('latin1').decode(text), subject).full[0]
}

function targetsIn({ kept }: TufMetadata): string[] {
  const { signed }: { signed?: { targets?: object } } = JSON.parse(
    Buffer.from(kept.get('targets') ?? '{}').toString('utf8'),
  )
  return Object.keys(signed?.targets ?? {})
}

async function offerIn(archive: Uint8Array, subject: IndexSubject): Promise<SignedOffer | null> {
  const item = await itemIn(archive, subject)
  if (!item?.statement) return null
  const { number, demoted, withdrawn } = item.statement
  return { set: item.set, statement: number, demoted, withdrawn }
}

function endOf({ kept }: TufMetadata): Pick<ProvedTree, 'timestamp' | 'until'> {
  const signed = [...kept].map(([role, bytes]) => {
    const { signed: body }: { signed: { version: number; expires: string } } = JSON.parse(
      Buffer.from(bytes).toString('utf8'),
    )
    return { role, ...body }
  })
  const version = signed.find(({ role }) => role === 'timestamp')?.version ?? 0
  const ends = signed.map(({ expires }) => Date.parse(expires))
  const text = Buffer.from(kept.get('timestamp') ?? []).toString('utf8')
  return { timestamp: { version, text }, until: new Date(Math.min(...ends)) }
}
