import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../config/config.ts'
import type { FleetPolicy } from '../../config/fleet.ts'
import type { Context } from '../../context.ts'
import { writeFileAtomic } from '../../disk/atomic-file.ts'
import { type Catalog, readCatalog } from '../../publish/catalog.ts'
import { type PublishPaths, publishPaths } from '../../publish/paths.ts'
import { promote } from '../../publish/promote.ts'
import type { PublisherRequest } from '../../publish/publisher.ts'
import { keepSets } from '../../publish/purge.ts'
import { refreshTree } from '../../publish/refresh-tree.ts'
import { renew } from '../../publish/renew.ts'
import { type ProvedTree, readProvedTree } from '../../publish/signed-offers.ts'
import { withPublisher } from '../../publish/with-publisher.ts'
import { withdraw } from '../../publish/withdraw.ts'
import type { SetName } from '../../set-name.ts'
import { cardBytes, cardPath, readCard } from '../../source/liveupdate/fleet-card.ts'
import type { ChannelOffer } from '../world.ts'
import type { RolloutTree, SignedTree } from './ground.ts'

/** The tree of the internal server as the controller reads and moves it. */
export function rolloutTree(
  policy: FleetPolicy,
  request: PublisherRequest,
  config: Config,
  context: Context,
): RolloutTree {
  const paths = publishPaths(config, request.to)
  let known: { readonly mark: string; readonly tree: SignedTree } | null = null

  async function read(): Promise<SignedTree> {
    const mark = await markOf(paths)
    if (known?.mark === mark) return withFreshness(known.tree, context.now())
    const proved = await readProvedTree(paths, config.publish)
    const tree = await signedTree(proved, await readCatalog(paths), policy)
    known = { mark, tree }
    return withFreshness(tree, context.now())
  }

  return {
    read,
    async open(channel, set, reason) {
      // The rings name their channels, and what the ring before has passed is more than tested at its maker's.
      const said = { passed: false, demote: true, create: true, rapid: true }
      const asked = { ...request, set, channel, ...said, reason }
      return (await promote(asked, config, context)).statement
    },
    withdraw: (sets, channels, back, reason) =>
      withdraw({ ...request, sets, channels, back, reason }, config, context),
    putCard: (card) =>
      withPublisher(request, config, context, async (publisher) => {
        await mkdir(paths.cards, { recursive: true, mode: 0o700 })
        await writeFileAtomic(join(paths.cards, `${card.fleet}.json`), cardBytes(card), 0o644)
        await refreshTree(await readCatalog(paths), publisher)
      }),
    async renew(until) {
      // Half of its life is left to whoever else signs this tree.
      if (until.getTime() - context.now().getTime() > config.publish.life / 2) return
      await renew(request, config, context)
    },
    keep: (sets) => keepSets(paths, sets),
  }
}

/** Changes whenever the tree or the catalogue beside it does. */
async function markOf(paths: PublishPaths): Promise<string> {
  const marks = await Promise.all(
    [join(paths.metadata, 'timestamp.json'), paths.catalog].map(async (path) => {
      const found = await stat(path, { bigint: true }).catch(() => null)
      return found ? `${found.ino}-${found.size}-${found.mtimeNs}` : 'none'
    }),
  )
  return marks.join(' ')
}

function withFreshness(tree: SignedTree, now: Date): SignedTree {
  return { ...tree, view: { ...tree.view, fresh: tree.until > now } }
}

async function signedTree(
  proved: ProvedTree | null,
  catalog: Catalog,
  policy: FleetPolicy,
): Promise<SignedTree> {
  const channels = new Map<string, ChannelOffer>()
  for (const { channel } of policy.rings) {
    const offer = (await proved?.offer(channel)) ?? null
    if (offer !== null) channels.set(channel, offer)
  }
  const intake = (await proved?.offer(policy.intake))?.set ?? null
  const bytes = (await proved?.read(cardPath(policy.name))) ?? null
  return {
    view: {
      channels,
      intake: intakeOf(intake, catalog, policy.intake),
      releases: catalog.releases.map(({ set, sequence }) => ({ set, sequence })),
      fresh: true,
    },
    card: bytes === null ? null : readCard(bytes, policy.name),
    visible: true,
    timestamp: proved?.timestamp ?? { version: 0, text: '' },
    until: proved?.until ?? new Date(0),
  }
}

/** What the intake offers to whoever proves it, and what it offered before that. */
function intakeOf(signed: SetName | null, { channels, releases }: Catalog, name: string): SetName[] {
  if (signed === null) return []
  const there = channels[name]
  const all = there ? [there.current, ...there.earlier] : []
  const from = all.indexOf(signed)
  const published = new Set(releases.map(({ set }) => set))
  return [signed, ...(from < 0 ? [] : all.slice(from + 1))].filter((set) => published.has(set))
}
