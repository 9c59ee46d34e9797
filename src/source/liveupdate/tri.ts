import { DefsError, isDefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { type Grade, readSetName, type Sequence, type SetName } from '../../set-name.ts'
import { isAddressName } from '../../text/file-name.ts'
import { type IniSection, readIni } from '../../text/ini.ts'
import type { Statement } from '../source.ts'
import type { IndexSubject } from './unchanged.ts'

/** What an index says of one product's virus definitions. */
export interface Tri {
  readonly full: readonly TriItem[]
  readonly incremental: readonly TriItem[]
  /** Incremental items that are of no use, and why: the full package stands in for them. */
  readonly dropped: readonly string[]
}

/**
 * Reads `liveupdt.tri` (docs/domain.md section 2.2): the items whose sequence is `CurDefs`. Keys may be in any
 * case; items that say they are for another product, version or language are passed over; `URL=` is ignored, as
 * Java LiveUpdate does, so that an index cannot send a client elsewhere.
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

/** One package that an index announces. */
export interface TriItem {
  readonly section: string
  readonly set: SetName
  readonly sequence: Sequence | null
  readonly grade: Grade
  readonly file: string
  /** As sent. */
  readonly bytes: number
  readonly unpackedBytes: number | null
  /** What an incremental package starts from; null for a full one. */
  readonly base: SetName | null
  /** The publisher's rising number of what it says, and whether it takes clients back; null without. */
  readonly statement: Omit<Statement, 'channel'> | null
  /** Text for people; it decides only where items of several products cannot be told apart otherwise. */
  readonly itemName: string | null
}

/** The entries of a section by lower-case key, and the keys that stand in it twice in whatever case. */
export interface TriFields {
  readonly section: string
  readonly values: ReadonlyMap<string, string>
  readonly repeated: ReadonlySet<string>
}

/** Folds the keys of a section: the family's readers do not mind their case. */
function fieldsOf(section: IniSection): TriFields {
  const values = new Map<string, string>()
  const repeated = new Set(section.repeated.map((key) => key.toLowerCase()))
  for (const [key, value] of section.entries) {
    const folded = key.toLowerCase()
    if (values.has(folded)) repeated.add(folded)
    else values.set(folded, value)
  }
  return { section: section.name, values, repeated }
}

/** @throws INDEX_INVALID naming item and key */
function readItem(fields: TriFields): TriItem {
  const incremental = isIncremental(fields)
  const sequence = readNumber(fields, 'Sequence', 0, Number.MAX_SAFE_INTEGER)
  return {
    section: fields.section,
    set: readSet(fields, 'ItemSeqData'),
    // The guard of the index covers it, so the number is signed.
    sequence: sequence === null ? null : { number: sequence, signed: true },
    grade: readGrade(fields),
    file: readFileName(fields),
    // An empty incremental package is no reason to pass over the item in silence: its taker reports it.
    bytes:
      readNumber(fields, 'Size', incremental ? 0 : 1, limits.package) ??
      invalid(fields, 'Size', 'is missing'),
    unpackedBytes: readNumber(fields, 'FullSize', 1, limits.unpacked),
    base: incremental ? readSet(fields, 'BaseSeqData') : null,
    statement: readStatement(fields),
    itemName: fields.values.get('itemname') ?? null,
  }
}

/** Reads `IncrementalPackage`, FALSE when it is absent. @throws INDEX_INVALID */
function isIncremental(fields: TriFields): boolean {
  const flag = readOnce(fields, 'IncrementalPackage')?.toUpperCase() ?? 'FALSE'
  return (
    flag === 'TRUE' ||
    (flag !== 'FALSE' && invalid(fields, 'IncrementalPackage', 'is neither TRUE nor FALSE'))
  )
}

/** A key that is read at most once. @throws INDEX_INVALID when it stands there twice: readers would differ */
function readOnce(fields: TriFields, key: string): string | undefined {
  const folded = key.toLowerCase()
  return fields.repeated.has(folded) ? invalid(fields, key, 'stands there twice') : fields.values.get(folded)
}

function readSet(fields: TriFields, key: string): SetName {
  const value = readOnce(fields, key) ?? ''
  const set = /^\d{9}$/.test(value) ? readSetName(value) : undefined
  return set ?? invalid(fields, key, `'${value}' is not yymmddNNN`)
}

function readNumber(fields: TriFields, key: string, least: number, most: number): number | null {
  const value = readOnce(fields, key)
  if (value === undefined) return null
  const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN
  if (number >= least && number <= most) return number
  return invalid(fields, key, `'${value}' is no decimal number from ${least} to ${most}`)
}

function readGrade(fields: TriFields): Grade {
  const value = readOnce(fields, 'Grade')?.toLowerCase() ?? 'certified'
  if (value === 'certified' || value === 'rapid') return value
  return invalid(fields, 'Grade', `'${value}' is neither certified nor rapid`)
}

function readStatement(fields: TriFields): TriItem['statement'] {
  const number = readNumber(fields, 'Statement', 0, Number.MAX_SAFE_INTEGER)
  const demoted = readOnce(fields, 'Demoted')?.toUpperCase() ?? 'FALSE'
  if (demoted !== 'TRUE' && demoted !== 'FALSE') invalid(fields, 'Demoted', 'is neither TRUE nor FALSE')
  const maxAge = readNumber(fields, 'MaxAge', 60, 10 * 365 * 86_400)
  if (number === null) return null
  const withdrawn = readWithdrawn(fields)
  return { number, demoted: demoted === 'TRUE', withdrawn, maxAge: maxAge === null ? null : maxAge * 1000 }
}

/** `Withdrawn=yymmddNNN, yymmddNNN`: sets that nobody is to have any more. */
function readWithdrawn(fields: TriFields): readonly SetName[] {
  const value = readOnce(fields, 'Withdrawn')?.trim() ?? ''
  if (value === '') return []
  const names = value.split(',')
  if (names.length > limits.withdrawn)
    invalid(fields, 'Withdrawn', `names more than ${limits.withdrawn} sets`)
  return names.map((name) => {
    const set = /^\d{9}$/.test(name.trim()) ? readSetName(name.trim()) : undefined
    return set ?? invalid(fields, 'Withdrawn', `'${name.trim()}' is not yymmddNNN`)
  })
}

function readFileName(fields: TriFields): string {
  const value = readOnce(fields, 'FileName') ?? ''
  return isAddressName(value) ? value : invalid(fields, 'FileName', `'${value}' is no plain file name`)
}

function invalid(fields: TriFields, key: string, why: string): never {
  throw new DefsError('INDEX_INVALID', `[${fields.section}] of the index: ${key} ${why}`)
}
