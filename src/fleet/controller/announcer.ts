import type { SetName } from '../../set-name.ts'
import type { ReportFeed } from '../bus/feed.ts'
import type { World } from '../world.ts'
import { announcementOf } from './card-upkeep.ts'
import type { SignedTree } from './ground.ts'

/** Tells hosts that there is a reason to look, once they can see it, and whether they are to look soon. */
export class Announcer {
  /** How many sets were barred when it announced last; null before the first time. */
  private barred: number | null = null
  private readonly sets = new Set<SetName>()

  async announce(
    { tree, world }: { readonly tree: SignedTree | null; readonly world: World },
    feed: Pick<ReportFeed, 'announce'>,
  ): Promise<void> {
    if (!tree?.visible) return
    const { known } = world
    const offers = [...world.tree.channels.values()]
    const barred = [...known.sets.values()].filter((facts) => facts.barred !== null).length
    const urgent = offers.some(({ set }) => known.sets.get(set)?.urgent && !this.sets.has(set))
    // What was there when this controller began is no news of its own.
    const soon = urgent || (this.barred !== null && barred > this.barred)
    await feed.announce(announcementOf(tree.card, world, { timestamp: tree.timestamp, soon }))
    this.barred = barred
    for (const { set } of offers) this.sets.add(set)
  }
}
