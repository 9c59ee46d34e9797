import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { OpenedFile } from '../../archive/opened.ts'
import type { PartRecord } from '../../hawking/line/parts.ts'
import { limits } from '../../limits.ts'
import {
  restoredSuricata,
  restoredYara,
  withoutSuricataRules,
  withoutYaraRules,
} from '../../rules/except-rules.ts'
import { type Double, findDoubles, type PartText } from '../../rules/merge-rules.ts'
import { engineOf } from '../../rules/named-rules.ts'
import { remind } from '../../watch/remind.ts'
import type { Run } from '../run.ts'
import { readRuleText, writeSmall } from './small-file.ts'

interface RuleFile extends PartText {
  readonly file: OpenedFile
}

/**
 * Sees to it that of rules which several packs have one is active; the others stay in their files as comments. What it
 * did is told (event 1084).
 * @param parts in the order of the configuration, which decides between equals
 * @returns the files of the set, those that were changed with their new digests
 * @throws STORE_*
 */
export async function mergePacks(
  { directory, files }: { readonly directory: string; readonly files: readonly OpenedFile[] },
  parts: readonly Pick<PartRecord, 'name'>[],
  source: string,
  run: Run,
): Promise<readonly OpenedFile[]> {
  const texts = await readRules(directory, files, parts)
  const doubles = findDoubles(texts)
  await tell(doubles, source, run)
  if (doubles.length === 0) return files
  const lost = new Map<string, Set<string>>()
  for (const { name, losers } of doubles)
    for (const part of losers) lost.set(part, (lost.get(part) ?? new Set()).add(name))
  const changed = new Map<string, OpenedFile>()
  for (const { part, engine, text, file } of texts) {
    const names = lost.get(part)
    if (!names) continue
    const others = texts.flatMap((one) => (one.file === file || one.part !== part ? [] : [one.text]))
    const lessened =
      engine === 'yara'
        ? withoutYaraRules(text, (name) => names.has(name), others, 'double')
        : withoutSuricataRules(text, ({ name }) => names.has(name), 'double')
    if (lessened.text === text) continue
    changed.set(file.name, await writeSmall(directory, file.name, Buffer.from(lessened.text, 'latin1')))
  }
  return files.map((file) => changed.get(file.name) ?? file)
}

const mostTold = 20

/** Told when others are doubled than before, or others win: publishers share rules for years. */
async function tell(doubles: readonly Double[], source: string, run: Run): Promise<void> {
  const lines = doubles.slice(0, mostTold).map(({ name, winner, revision, losers }) => {
    const which = revision === null ? '' : ` revision ${revision}`
    return `${name}: that of '${winner}'${which} and not of ${losers.map((one) => `'${one}'`).join(', ')}`
  })
  const more = doubles.length > mostTold ? [`and ${doubles.length - mostTold} more`] : []
  const facts = { source, count: doubles.length, reason: [...lines, ...more].join('; ') }
  const which = JSON.stringify(doubles.map(({ name, winner, losers }) => [name, winner, losers]))
  const about = createHash('sha256').update(which).digest('hex')
  const trouble = { about, again: 'at every change', event: 'part.doubled', facts } as const
  await remind('doubled-rules', doubles.length === 0 ? null : trouble, Number.POSITIVE_INFINITY, run)
}

async function readRules(
  directory: string,
  files: readonly OpenedFile[],
  parts: readonly Pick<PartRecord, 'name'>[],
): Promise<RuleFile[]> {
  const found: RuleFile[] = []
  for (const { name: part } of parts)
    for (const file of files) {
      const engine = engineOf(file.name)
      if (!file.name.startsWith(`${part}/`) || engine === null || file.bytes > limits.ruleFile) continue
      found.push({ part, engine, text: await readRuleText(join(directory, file.name)), file })
    }
  return found
}

/** A file of a set as its publisher wrote it: what was taken out of it for an earlier set is there again. @throws STORE_* */
export async function unmergedFile(directory: string, file: OpenedFile): Promise<OpenedFile> {
  const engine = engineOf(file.name)
  if (engine === null || file.bytes > limits.ruleFile) return file
  const written = await readRuleText(join(directory, file.name))
  const restored = engine === 'yara' ? restoredYara : restoredSuricata
  const text = restored(restored(written), 'double')
  return text === written ? file : writeSmall(directory, file.name, Buffer.from(text, 'latin1'))
}
