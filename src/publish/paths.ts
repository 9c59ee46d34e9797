import { mkdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { ownFolder, publishedTree } from '../config/layout.ts'
import { isChannelName } from '../config/read-value.ts'
import { refuseForeignLink, refuseLink } from '../disk/foreign-file.ts'
import { DefsError, storeError } from '../error.ts'
import { type KeyRing, keyRing } from './keys/key-ring.ts'

/** Where one internal server is made. Paths only: opening a paths touches no disk. */
export interface PublishPaths {
  /** What is served: `<channel>/` folders, and `metadata/`. */
  readonly tree: string
  readonly metadata: string
  /** Beside the tree and never served: what the publisher knows. */
  readonly state: string
  readonly catalog: string
  readonly audit: string
  readonly mirrors: string
  /** What a run has begun to change, see moves.ts. */
  readonly moves: string
  /** Sets that are not purged though no channel names them. */
  readonly kept: string
  /** Cards of fleets, which are targets of the tree. */
  readonly cards: string
  readonly work: string
  readonly indexes: string
  /** How the newest package was cut, see pack/packed-blocks.ts. */
  readonly blocks: string
  readonly keys: KeyRing
}

/** The paths of a configuration; `to` is another tree than the configured one. */
export function publishPaths(config: Config, to: string | null): PublishPaths {
  const home = join(ownFolder(config.store.root), 'publish')
  const tree = to === null ? publishedTree(config.store.root, config.publish.root) : resolve(to)
  const state = join(dirname(tree), `${basename(tree)}.state`)
  return {
    tree,
    metadata: join(tree, 'metadata'),
    state,
    catalog: join(state, 'catalog.json'),
    audit: join(state, 'audit.jsonl'),
    mirrors: join(state, 'mirrors.json'),
    moves: join(state, 'moves.json'),
    kept: join(state, 'kept.json'),
    cards: join(state, 'cards'),
    work: join(state, 'work'),
    indexes: join(state, 'indexes'),
    blocks: join(state, 'blocks.json'),
    keys: keyRing(config.publish.keys ?? join(home, 'keys')),
  }
}

/**
 * Makes what is missing: the tree for everybody to read, the rest for its owner. A link among the folders that we
 * write and empty is refused: whoever may write beside the tree could send both anywhere.
 * @throws STORE_*
 */
export async function preparePaths(paths: PublishPaths): Promise<void> {
  await refuseForeignLink(paths.tree)
  for (const path of [paths.metadata, paths.state, paths.work, paths.indexes]) await refuseLink(path)
  try {
    await mkdir(paths.metadata, { recursive: true, mode: 0o755 })
    for (const path of [paths.state, paths.work, paths.indexes, paths.cards]) {
      await mkdir(path, { recursive: true, mode: 0o700 })
    }
  } catch (error) {
    throw storeError(error, `making ${paths.tree}`)
  }
}

/** The name of a channel. @throws USAGE_ARGUMENT for one that cannot be a folder in an address */
export function channelName(text: string): string {
  if (isChannelName(text)) return text
  const message = `'${text}' is no channel: use lower-case letters, digits, '-' and '_', for example production`
  throw new DefsError('USAGE_ARGUMENT', message)
}
