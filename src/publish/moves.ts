import { rm } from 'node:fs/promises'
import { writeFileAtomic } from '../disk/atomic-file.ts'
import { readForeignText } from '../disk/foreign-file.ts'
import { count, listOf, nullable, object, oneOf, type Shape, text } from '../disk/json-shape.ts'
import { readRecordFile } from '../disk/record.ts'
import { describeError, isDefsError } from '../error.ts'
import { setOfFolder } from '../hawking/sets.ts'
import { limits } from '../limits.ts'
import type { SetName } from '../set-name.ts'
import { type AuditEntry, audit, userName } from './audit.ts'
import { type Catalog, findRelease, readCatalog, writeCatalog } from './catalog.ts'
import type { Finished, Publisher } from './publisher.ts'
import { refreshTree } from './refresh-tree.ts'
import { readProvedTree } from './signed-offers.ts'

/** A channel that is to offer another set, or to withdraw more of them. */
export interface Move {
  readonly action: 'published' | 'promoted' | 'demoted' | 'withdrawn'
  readonly set: SetName
  readonly channel: string
  readonly from: SetName | null
  readonly reason: string | null
  readonly user: string
  /** Of the statement that says so. */
  readonly statement: number
}

const set: Shape<SetName> = (value) => (typeof value === 'string' ? setOfFolder(value) : undefined)
const shape = object({
  moves: listOf(
    object<Move>({
      action: oneOf(['published', 'promoted', 'demoted', 'withdrawn']),
      set,
      channel: text,
      from: nullable(set),
      reason: nullable(text),
      user: text,
      statement: count,
    }),
  ),
})

/**
 * Carries moves out: written down, then the catalogue, then the tree, then told and audited, then crossed out. Killed
 * at any point, {@link finishMoves} does the rest: nothing is done without being told, and nothing is audited twice.
 * @throws STORE_*
 */
export async function carryOut(
  moves: readonly Move[],
  catalog: Catalog,
  publisher: Publisher,
): Promise<void> {
  const { paths } = publisher
  await writeFileAtomic(paths.moves, `${JSON.stringify({ schema: 1, moves })}\n`, 0o600)
  // From here on, what is cut short is finished by the next run: the catalog says what the tree is to be.
  await writeCatalog(paths, catalog)
  await refreshTree(catalog, publisher)
  await conclude(moves, catalog, publisher)
}

/** Finishes what a run that was killed had begun. To be called as the only publisher. @throws STORE_* */
export async function finishMoves(publisher: Publisher): Promise<readonly Finished[]> {
  const moves = await readMoves(publisher)
  if (moves.length === 0) return []
  const catalog = await readCatalog(publisher.paths)
  const begun = moves.filter(({ channel, statement }) => catalog.channels[channel]?.statement === statement)
  const finished: Finished[] = []
  for (const { channel, from } of begun)
    finished.push({ channel, from: await offeredBy({ name: channel, current: from }, publisher) })
  if (begun.length > 0) await refreshTree(catalog, publisher)
  await conclude(begun, catalog, publisher)
  return finished
}

/**
 * The set that a channel offers to whoever proves it; null when there is none. Of a tree that does not prove itself
 * the catalogue has to be believed, which is told: it is signed anew with the next change.
 */
export async function offeredBy(
  { name, current }: { readonly name: string; readonly current: SetName | null },
  { paths, config, context }: Publisher,
): Promise<SetName | null> {
  try {
    const tree = await readProvedTree(paths, config.publish)
    return (await tree?.offer(name))?.set ?? null
  } catch (error) {
    if (!isDefsError(error)) throw error
    const text_ = `${paths.tree} does not prove itself and is signed anew: ${describeError(error)}`
    context.emit({ type: 'note', level: 'warning', text: text_ })
    return current
  }
}

async function conclude(moves: readonly Move[], catalog: Catalog, publisher: Publisher): Promise<void> {
  const { paths, now } = publisher
  const trail = moves.length > 0 ? ((await readForeignText(paths.audit, limits.publishText)) ?? '') : ''
  for (const move of moves) {
    const { action, set: of, channel, from, reason, user, statement } = move
    const entry: AuditEntry = { action, set: of, channel, from, reason, statement }
    if (isAudited(trail, entry)) continue
    tell(move, catalog, publisher)
    await audit(paths, entry, now, user)
  }
  await rm(paths.moves, { force: true })
}

/** Numbers of statements never come back: one of them is one move of one channel. */
function isAudited(trail: string, { channel, statement, action }: AuditEntry): boolean {
  return trail
    .split('\n')
    .slice(-200)
    .some(
      (line) =>
        line.includes(`"statement":${statement}}`) &&
        line.includes(`"channel":${JSON.stringify(channel)}`) &&
        line.includes(`"action":"${action}"`),
    )
}

function tell(
  { action, set: of, channel, from, reason, user }: Move,
  catalog: Catalog,
  { paths, report }: Publisher,
): void {
  // The channel offers what it offered: it is audited, and whoever withdrew the set tells of that.
  if (action === 'withdrawn') return
  if (action === 'published') {
    const { source, grade, full } = findRelease(catalog, of)
    const facts = { set: of, path: paths.tree, source, previous: from, grade, bytes: full.bytes }
    report('set.published', { ...facts, reason: channel })
    return
  }
  const why = reason === null ? channel : `${channel}: ${reason}`
  const facts = { set: of, previous: from, path: paths.tree, user, reason: why }
  report(action === 'promoted' ? 'set.promoted' : 'set.demoted', facts)
}

async function readMoves({ paths }: Publisher): Promise<readonly Move[]> {
  return (await readRecordFile(paths.moves, shape))?.moves ?? []
}

/** A move by whoever runs this. */
export function moveOf(more: Omit<Move, 'user'>): Move {
  return { ...more, user: userName() }
}
