import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import type { SetName } from '../set-name.ts'
import { type Catalog, findRelease, readCatalog, withCurrent, withWithdrawn } from './catalog.ts'
import { carryOut, type Move, moveOf } from './moves.ts'
import type { PublisherRequest } from './publisher.ts'
import { withPublisher } from './with-publisher.ts'

/** What the caller of `withdraw` asks for. */
export interface WithdrawRequest extends PublisherRequest {
  readonly sets: readonly SetName[]
  readonly channels: readonly string[]
  /** Where each channel goes that offers one of the sets; one that is missing here stays where it is. */
  readonly back: ReadonlyMap<string, SetName>
  readonly reason: string
}

/** What one channel offers after it. */
export interface Withdrawn {
  readonly channel: string
  readonly from: SetName
  readonly to: SetName
  readonly statement: number
}

/**
 * Names sets as withdrawn in the statements of channels, and takes those back that offer one of them: all of them in
 * one signed step. Channels that say so already are left as they are.
 * @throws KEYS_*, STORE_*, STORE_UNKNOWN_SET for a set to go back to that is not published
 */
export function withdraw(
  request: WithdrawRequest,
  config: Config,
  context: Context,
): Promise<readonly Withdrawn[]> {
  const { sets, channels, back, reason } = request
  return withPublisher(request, config, context, async (publisher) => {
    const before = await readCatalog(publisher.paths)
    let catalog: Catalog = before
    const moves: Move[] = []
    for (const name of channels) {
      const there = catalog.channels[name]
      if (!there) continue
      const to = sets.includes(there.current) ? (back.get(name) ?? null) : null
      const next = to === null ? catalog : withCurrent(catalog, name, findRelease(catalog, to), publisher.now)
      catalog = withWithdrawn(next, name, sets, publisher.now)
      const after = catalog.channels[name]
      if (!after || after.statement === there.statement) continue
      const action = to === null ? 'withdrawn' : 'demoted'
      moves.push(
        moveOf({
          action,
          set: after.current,
          channel: name,
          from: there.current,
          reason,
          statement: after.statement,
        }),
      )
    }
    if (moves.length > 0) await carryOut(moves, catalog, publisher)
    return channels.flatMap((channel) => {
      const after = catalog.channels[channel]
      const from = before.channels[channel]?.current
      return after && from ? [{ channel, from, to: after.current, statement: after.statement }] : []
    })
  })
}
