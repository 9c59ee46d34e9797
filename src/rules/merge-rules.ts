import { limits } from '../limits.ts'
import { RuleLines, unquoted, yaraRules } from './named-rules.ts'

/** A file of rules of one of several packs that become one set, as its publisher wrote it. */
export interface PartText {
  readonly part: string
  readonly engine: 'suricata' | 'yara'
  readonly text: string
}

/** A rule that several packs have. */
export interface Double {
  readonly name: string
  /** The pack whose rule stays. */
  readonly winner: string
  /** The revision that stays; null for YARA, whose rules have none. */
  readonly revision: number | null
  readonly losers: readonly string[]
}

/**
 * The rules that more than one pack has. Rule: of Suricata's active rules with one sid the highest revision stays, and of
 * equal ones, as of YARA's, that of the pack that is named first. Stops: an engine that refuses, or silently drops, the
 * second rule of a name.
 * @param texts in the order of the packs
 */
export function findDoubles(texts: readonly PartText[]): Double[] {
  const seen = new Map<string, Map<string, number>>()
  for (const { part, engine, text } of texts) {
    for (const [name, revision] of engine === 'yara' ? yaraNames(text) : revisionsIn(text)) {
      const parts = seen.get(name) ?? new Map<string, number>()
      parts.set(part, Math.max(parts.get(part) ?? -1, revision))
      seen.set(name, parts)
    }
  }
  const doubles: Double[] = []
  for (const [name, parts] of seen) {
    if (parts.size < 2) continue
    const [winner, revision] = [...parts].reduce((best, next) => (next[1] > best[1] ? next : best))
    const losers = [...parts.keys()].filter((part) => part !== winner)
    doubles.push({ name, winner, revision: revision < 0 ? null : revision, losers })
  }
  return doubles
}

function* yaraNames(text: string): Generator<[string, number]> {
  for (const { name } of yaraRules(text)) yield [name, -1]
}

const revOption = /[;(]\s*rev\s*:\s*(\d{1,10})\s*;/i

function* revisionsIn(text: string): Generator<[string, number]> {
  const lines = new RuleLines(limits.databaseLine)
  for (const line of text.split('\n')) {
    const rule = lines.add(line)
    if (rule) yield [rule.name, Number(revOption.exec(unquoted(rule.text))?.[1] ?? 0)]
  }
}
