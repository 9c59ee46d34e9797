import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { OpenedFile } from '../../archive/opened.ts'
import { ignoredFile } from '../../clamav/ignored.ts'
import { namesInSet } from '../../detection/search-sets.ts'
import { isDatabase } from '../../detection/signature-file.ts'
import { DefsError } from '../../error.ts'
import type { Exception } from '../../hawking/line/exceptions.ts'
import { limits } from '../../limits.ts'
import { countActive, matches } from '../../rules/count-rules.ts'
import {
  type Lessened,
  restoredSuricata,
  restoredYara,
  withoutSuricataRules,
  withoutYaraRules,
} from '../../rules/except-rules.ts'
import { engineOf } from '../../rules/named-rules.ts'
import { readRuleText, writeSmall } from '../acquire/small-file.ts'
import type { Run } from '../run.ts'

/** The files of a set that is being made, in a workspace of the store. */
export interface Draft {
  readonly directory: string
  readonly files: readonly OpenedFile[]
}

/** A draft with exceptions in it. */
export interface Excepted {
  readonly files: readonly OpenedFile[]
  /** The ids of those that match something in it. */
  readonly matched: ReadonlySet<string>
}

/**
 * Puts exceptions into a set that is being made, and takes out those that an earlier set had.
 * @throws ARCHIVE_* for a database that cannot be read; GATE_REFUSED where no rule would be left; STORE_*; INTERRUPTED
 */
export async function exceptFrom(
  draft: Draft,
  exceptions: readonly Exception[],
  run: Pick<Run, 'config' | 'signal'>,
): Promise<Excepted> {
  const ignored = await ignoreSignatures(draft, exceptions, run)
  const ruled = await leaveRulesOut({ ...draft, files: ignored.files }, exceptions)
  return { files: ruled.files, matched: new Set([...ignored.matched, ...ruled.matched]) }
}

/** Whether a set has what an exception is for, whatever is left out of it already. @throws as {@link exceptFrom} */
export async function matchesIn(
  { directory, files }: Draft,
  { id, kind }: Pick<Exception, 'id' | 'kind'>,
  run: Pick<Run, 'config' | 'signal'>,
): Promise<boolean> {
  if (kind === 'signature') return (await namesIn(directory, files, [id], run)).has(id)
  const all = await ruleTexts(directory, files)
  return all.some((one) => lessen(one, all, [{ id, kind }]).ids.includes(id))
}

async function namesIn(
  directory: string,
  files: readonly OpenedFile[],
  names: readonly string[],
  run: Pick<Run, 'config' | 'signal'>,
): Promise<ReadonlySet<string>> {
  const { entries, unpacked, ratio } = run.config.limits
  const options = { limits: { entries, unpacked, ratio }, signal: run.signal }
  const guarded = files.map(({ name, sha256 }) => ({ name, sha256: sha256 ?? '' }))
  return namesInSet(new Set(names), { set: '', directory, files: guarded }, options)
}

async function ignoreSignatures(
  { directory, files }: Draft,
  exceptions: readonly Exception[],
  run: Pick<Run, 'config' | 'signal'>,
): Promise<Excepted> {
  const names = exceptions.flatMap(({ kind, id }) => (kind === 'signature' ? [id] : []))
  const others = files.filter(({ name }) => name !== ignoredFile)
  if (others.length < files.length) await rm(join(directory, ignoredFile), { force: true })
  // The engine does not start with an empty list.
  if (names.length === 0) return { files: others, matched: new Set() }
  const matched = await namesIn(directory, others, names, run)
  const list = await writeText(directory, ignoredFile, ignoreList(names))
  return { files: [...others, list], matched }
}

function ignoreList(names: readonly string[]): string {
  return `${[...new Set(names)].sort().join('\n')}\n`
}

/**
 * The files of a set as {@link exceptFrom} leaves them, without a copy of it: for a set of ClamAV, where the exceptions are
 * a file of their own. Null for any other.
 */
export function foreseeFiles(
  files: readonly Pick<Digested, 'name' | 'sha256'>[],
  exceptions: readonly Exception[],
): readonly Pick<Digested, 'name' | 'sha256'>[] | null {
  if (!files.some(({ name }) => isDatabase(name))) return null
  const names = exceptions.flatMap(({ kind, id }) => (kind === 'signature' ? [id] : []))
  const others = files.filter(({ name }) => name !== ignoredFile)
  if (names.length === 0) return others
  const sha256 = createHash('sha256').update(ignoreList(names), 'latin1').digest('hex')
  return [...others, { name: ignoredFile, sha256 }]
}

/** A file by name and digest. */
interface Digested {
  readonly name: string
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

interface RuleText {
  readonly file: OpenedFile
  readonly written: string
  /** As its publisher wrote it. */
  readonly text: string
}

async function leaveRulesOut(
  { directory, files }: Draft,
  exceptions: readonly Exception[],
): Promise<Excepted> {
  const forRules = exceptions.filter(({ kind }) => kind !== 'signature')
  const found = await ruleTexts(directory, files)
  const matched = new Set<string>()
  const changed = new Map<string, OpenedFile>()
  let left = 0
  for (const one of found) {
    const { text, ids } = lessen(one, found, forRules)
    for (const id of ids) matched.add(id)
    left += countActive(one.file.name, text)
    if (text !== one.written) changed.set(one.file.name, await writeText(directory, one.file.name, text))
  }
  // Rule: never a result with no rules. Stops: an exception that leaves the scanner with nothing, taken for success.
  if (matched.size > 0 && left === 0) {
    const text = `the exceptions (${[...matched].join(', ')}) leave no rule of the set: remove one of them`
    throw new DefsError('GATE_REFUSED', text)
  }
  return { files: files.map((file) => changed.get(file.name) ?? file), matched }
}

async function ruleTexts(directory: string, files: readonly OpenedFile[]): Promise<RuleText[]> {
  // The rules in a set of ClamAV are its signatures.
  if (files.some(({ name }) => isDatabase(name))) return []
  const found: RuleText[] = []
  for (const file of files) {
    const engine = engineOf(file.name)
    if (engine === null || file.bytes > limits.ruleFile) continue
    const written = await readRuleText(join(directory, file.name))
    const text = engine === 'yara' ? restoredYara(written) : restoredSuricata(written)
    found.push({ file, written, text })
  }
  return found
}

function lessen(
  { file, text }: RuleText,
  all: readonly RuleText[],
  exceptions: readonly Pick<Exception, 'id' | 'kind'>[],
): { readonly text: string; readonly ids: readonly string[] } {
  const byId = exceptions.flatMap(({ kind, id }) => (kind === 'group' ? [] : [id]))
  const groups = exceptions.flatMap(({ kind, id }) => (kind === 'group' ? [id] : []))
  const inGroups = groups.filter((id) => matches(`${id.slice('group:'.length)}.rules`, basename(file.name)))
  const ids = new Set(byId)
  let lessened: Lessened
  if (engineOf(file.name) === 'yara') {
    const others = all.flatMap((one) => (one.file === file ? [] : [one.text]))
    lessened = withoutYaraRules(text, (name) => ids.has(name), others)
  } else lessened = withoutSuricataRules(text, ({ name }) => inGroups.length > 0 || ids.has(name))
  const hit = lessened.left.size === 0 ? [] : inGroups
  return { text: lessened.text, ids: [...hit, ...byId.filter((id) => lessened.left.has(id))] }
}

function writeText(directory: string, name: string, text: string): Promise<OpenedFile> {
  return writeSmall(directory, name, Buffer.from(text, 'latin1'))
}
