import { type Changes, diffSets, type NamedChange } from '../../detection/diff-sets.ts'
import type { SetOnDisk } from '../../detection/set-files.ts'
import { describeError } from '../../error.ts'
import type { SetChanges } from '../../event/event.ts'
import { limits } from '../../limits.ts'
import { withinTime } from '../../thread/within-time.ts'
import type { Authentic } from '../../trust/authentic.ts'
import type { Run } from '../run.ts'

/** How a set differs from the one before it, for the journal and for people. */
export interface SetNews {
  readonly changes: SetChanges
  readonly news: string
}

const apart: readonly string[] = ['v.grd', 'v.sig', 'zdone.dat']

/**
 * Compares a set that is to become current with the one that is. It tells what is new and decides nothing, so it has a
 * bounded time and never fails a run.
 * @returns null for the first set of a store, and when it could not be told
 */
export async function whatIsNew(
  before: Authentic | null,
  after: Authentic,
  { config, context, signal }: Run,
): Promise<SetNews | null> {
  if (!before) return null
  const { entries, unpacked, ratio } = config.limits
  try {
    const { files, ...names } = await withinTime(limits.news, signal, (bounded) =>
      diffSets(onDisk(before), onDisk(after), { limits: { entries, unpacked, ratio }, signal: bounded }),
    )
    const changed = files.added.length + files.removed.length + files.changed.length
    return { changes: { files: changed, ...countsOf(names) }, news: wordsFor(changed, names) }
  } catch (error) {
    const text = `what is new in ${after.set} cannot be told: ${describeError(error)}`
    context.emit({ type: 'note', level: 'debug', text })
    return null
  }
}

function onDisk({ set, directory, files }: Authentic): SetOnDisk {
  const contents = files.filter(({ name }) => !apart.includes(name.toLowerCase()))
  return { set, directory, files: contents.map(({ name, sha256 }) => ({ name, sha256: sha256 ?? '' })) }
}

function countsOf({ added, removed, changed }: Changes<unknown>) {
  return { added: added.length, removed: removed.length, changed: changed.length }
}

const mostNames = 10

function wordsFor(files: number, names: Changes<NamedChange>): string {
  const parts = (['added', 'removed', 'changed'] as const).flatMap((what) => {
    const list = names[what]
    if (list.length === 0) return []
    const shown = list.slice(0, mostNames).map(({ name }) => name)
    return [`${list.length} ${what}: ${shown.join(', ')}${list.length > mostNames ? ', ...' : ''}`]
  })
  return [...parts, `${files} ${files === 1 ? 'file differs' : 'files differ'}`].join('; ')
}
