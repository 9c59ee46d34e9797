import type { Config } from '../../config/config.ts'
import { DefsError } from '../../error.ts'
import { type PromoteRequest, promote } from '../../publish/promote.ts'
import type { PublishRequest, PublishResult } from '../../publish/publish.ts'
import { formatTime } from '../../report/span.ts'
import type { SetName } from '../../set-name.ts'
import { keepJournal } from '../journal-listener.ts'
import { passphraseOf, placeIn, treeAt } from '../keys-access.ts'
import { type CommandResult, formatSize, type Line, tableLines } from '../output.ts'
import type { Session } from '../session.ts'

export interface PublishInput extends Omit<PublishRequest, 'passphrase'> {
  readonly only: 'renew' | 'purge' | null
  readonly dryRun: boolean
}

/** Publishes, signs anew or purges. @throws what publishing throws */
export async function runPublish(input: PublishInput, session: Session): Promise<CommandResult> {
  const { config } = await session.load({ secrets: true, writes: treeAt(session, input.to) })
  const passphrase = await passphraseOf(config, session)
  const request = { ...input, passphrase, to: placeIn(session, input.to) }
  const journal = keepJournal(session, config)
  try {
    if (input.only === 'purge') {
      const { purgeTree } = await import('../../publish/renew.ts')
      const { removed, kept } = await purgeTree(request, config, session.context)
      const lines = [
        ...removed.map((set) => `removed ${set}`),
        ...kept.map(({ set, why }) => `kept    ${set}: ${why}`),
      ]
      return { exitCode: 0, json: { removed, kept, dryRun: input.dryRun }, lines }
    }
    if (input.only === 'renew') {
      const { renew } = await import('../../publish/renew.ts')
      await renew(request, config, session.context)
      return { exitCode: 0, json: { renewed: true }, lines: ['signed anew'] }
    }
    const { publish } = await import('../../publish/publish.ts')
    const result = await publish(request, config, session.context)
    return { exitCode: 0, json: { ...result }, lines: describe(result) }
  } finally {
    await journal.flush()
  }
}

function describe(result: PublishResult): Line[] {
  const { set, grade, channel, changed, reason, bytes, tree, incremental } = result
  if (!changed) return [`nothing was changed: ${reason}`]
  const steps = incremental.map((step) => `  from ${step.base}: ${formatSize(step.bytes)}`)
  const text = `${channel} offers ${set} now, ${grade}: ${formatSize(bytes ?? 0)} in ${tree}`
  return [{ text, tone: 'good' }, ...steps]
}

/** Promotes a published set, or demotes to it. @throws what promoting throws */
export async function runPromote(
  input: Omit<PromoteRequest, 'passphrase' | 'set'> & { readonly set: SetName | 'latest' },
  session: Session,
): Promise<CommandResult> {
  const { config } = await session.load({ writes: treeAt(session, input.to) })
  const journal = keepJournal(session, config)
  try {
    const to = placeIn(session, input.to)
    const chosen = input.set === 'latest' ? await newestPublished(config, to) : input.set
    const request = { ...input, set: chosen, to, passphrase: await passphraseOf(config, session) }
    const result = await promote(request, config, session.context)
    const { set, grade, channel, changed, demoted, previous } = result
    const text = changed
      ? `${channel} offers ${set} now, ${grade}${previous === null ? '' : `, instead of ${previous}`}`
      : `${channel} offers ${set} already`
    return { exitCode: 0, json: { ...result }, lines: [{ text, tone: demoted ? 'warning' : 'good' }] }
  } finally {
    await journal.flush()
  }
}

/** @throws STORE_UNKNOWN_SET when nothing is published yet; STORE_* */
async function newestPublished(config: Config, to: string | null): Promise<SetName> {
  const { publishOverview } = await import('../../publish/overview.ts')
  const { publishPaths } = await import('../../publish/paths.ts')
  const [newest] = (await publishOverview(publishPaths(config, to))).releases
  if (newest) return newest.set
  throw new DefsError('STORE_UNKNOWN_SET', 'nothing is published yet: see defs publish', { path: 'latest' })
}

export interface ChannelsInput {
  readonly to: string | null
}

/** Lists the channels of the tree: what each offers, since when, by whom. @throws STORE_* */
export async function runChannels({ to }: ChannelsInput, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const { listChannels } = await import('../../publish/channels.ts')
  const channels = await listChannels(config, placeIn(session, to))
  const rows = channels.map(({ name, current, grade, source, since, by, demoted }) => [
    name,
    `${current}${demoted ? ' (demoted)' : ''}`,
    grade,
    source,
    formatTime(since),
    by ?? '-',
  ])
  const heads = ['channel', 'offers', 'grade', 'source', 'since', 'by']
  const lines = rows.length === 0 ? ['nothing is published: see defs publish'] : tableLines([heads, ...rows])
  return { exitCode: 0, json: { channels }, lines }
}

export interface ChannelsRemoveInput extends ChannelsInput {
  readonly channel: string
  readonly reason: string | null
  readonly lockWait: number
}

/** Takes a channel away. @throws what `removeChannel` throws */
export async function runChannelsRemove(
  input: ChannelsRemoveInput,
  session: Session,
): Promise<CommandResult> {
  const { config } = await session.load({ writes: treeAt(session, input.to) })
  const { removeChannel } = await import('../../publish/channels.ts')
  const request = {
    ...input,
    to: placeIn(session, input.to),
    passphrase: await passphraseOf(config, session),
  }
  const { channel, left, purged } = await removeChannel(request, config, session.context)
  const also = purged.length === 0 ? '' : `; in no other channel, and so gone with it: ${purged.join(', ')}`
  const text = `${channel} is gone; it offered ${left}${also}`
  return { exitCode: 0, json: { channel, left, purged }, lines: [text] }
}
