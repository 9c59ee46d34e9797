import { DefsError, isDefsError } from '../../error.ts'
import { readIni } from '../../ini.ts'
import type { IndexSubject } from './index-name.ts'
import { fieldsOf, isIncremental, readItem, readOnce, type TriFields, type TriItem } from './item.ts'

/** What an index says of one product's virus definitions. */
export interface Tri {
  readonly full: readonly TriItem[]
  readonly incremental: readonly TriItem[]
  /** Incremental items that are of no use, and why: the full package stands in for them. */
  readonly dropped: readonly string[]
}

/**
 * Reads `liveupdt.tri` (domain.md 2.2): the items whose sequence is `CurDefs`. Keys may be in any case; items
 * that say they are for another product, version or language are passed over; `URL=` is ignored, as Java
 * LiveUpdate does, so that an index cannot send a client elsewhere.
 * @throws INDEX_INVALID when it is no index, names an item twice, or a full package is badly described
 */
export function readTri(text: string, subject: IndexSubject): Tri {
  const { sections } = readIni(text)
  if (!sections.some(({ name }) => name.toLowerCase() === 'liveupdate')) {
    throw new DefsError('INDEX_INVALID', 'the index has no [LiveUpdate] section')
  }
  const full: TriItem[] = []
  const incremental: TriItem[] = []
  const dropped: string[] = []
  const seen = new Set<string>()
  for (const section of sections) {
    if (!/^(ex)?item\d+$/i.test(section.name)) continue
    refuseRepeated(section.name, seen)
    const fields = fieldsOf(section)
    if (!isOurs(fields, subject)) continue
    if (isIncremental(fields)) keepUseful(fields, incremental, dropped)
    else full.push(readItem(fields))
  }
  return { full, incremental, dropped }
}

function refuseRepeated(name: string, seen: Set<string>): void {
  const folded = name.toLowerCase()
  if (seen.has(folded)) throw new DefsError('INDEX_INVALID', `the index has [${name}] twice`)
  seen.add(folded)
}

function isOurs(fields: TriFields, subject: IndexSubject): boolean {
  if (readOnce(fields, 'ItemSeqName')?.toLowerCase() !== 'curdefs') return false
  const stated = [
    [readOnce(fields, 'Product'), subject.product],
    [readOnce(fields, 'Version'), subject.version],
    [readOnce(fields, 'Language'), subject.language],
  ] as const
  return stated.every(([value, ours]) => value === undefined || value.toLowerCase() === ours.toLowerCase())
}

// A bad incremental item costs bandwidth, never the update.
function keepUseful(fields: TriFields, incremental: TriItem[], dropped: string[]): void {
  try {
    incremental.push(readItem(fields))
  } catch (error) {
    if (!isDefsError(error, 'INDEX_INVALID')) throw error
    dropped.push(error.message)
  }
}
