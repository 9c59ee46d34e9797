import { limits } from '../limits.ts'
import { leadsOn, type NamedRule, RuleLines, yaraRules } from './named-rules.ts'

/** A text of rules without some of them. */
export interface Lessened {
  readonly text: string
  /** The names of what was taken out. */
  readonly left: ReadonlySet<string>
}

/** Why a rule was taken out: somebody excepted it, or another part has it as well. */
export type LeftOutFor = 'exception' | 'double'

// What was taken out stays in the file as a comment of ours, so that it comes back byte by byte.
const suricataMarks = { exception: '#defs- ', double: '#defs-double- ' } as const
// Suricata cuts lines after 8,191 characters, and the rest of a comment would be no comment.
const suricataLine = 8000
const yaraMarks = {
  exception: {
    begin: '\n//defs-begin\n',
    line: '//defs- ',
    end: '//defs-end\n',
    silent: '/*defs-*/private ',
  },
  double: {
    begin: '\n//defs-double-begin\n',
    line: '//defs-double- ',
    end: '//defs-double-end\n',
    silent: '/*defs-double-*/private ',
  },
} as const

/** Comments out the active rules of a Suricata text that are not wanted. @param unwanted asked for each active rule */
export function withoutSuricataRules(
  text: string,
  unwanted: (rule: NamedRule) => boolean,
  why: LeftOutFor = 'exception',
): Lessened {
  const left = new Set<string>()
  const lines = text.split('\n')
  const reader = new RuleLines(limits.databaseLine)
  let begun: number[] = []
  for (const [index, line] of lines.entries()) {
    const rule = reader.add(line)
    const goesOn = begun.length === 0 ? leadsOn(line) : line.trimEnd().endsWith('\\')
    begun.push(index)
    if (goesOn) continue
    if (rule && unwanted(rule)) {
      left.add(rule.name)
      for (const one of begun) lines[one] = commented(lines[one] ?? '', suricataMarks[why])
    }
    begun = []
  }
  return { text: left.size === 0 ? text : lines.join('\n'), left }
}

function commented(line: string, mark: string): string {
  const pieces = line.match(new RegExp(`.{1,${suricataLine}}`, 'gs')) ?? ['']
  return mark + pieces.join(`\n${more(mark)}`)
}

function more(mark: string): string {
  return mark.replace('- ', '-more- ')
}

/** Brings back what {@link withoutSuricataRules} took out. */
export function restoredSuricata(text: string, why: LeftOutFor = 'exception'): string {
  const mark = suricataMarks[why]
  if (!text.includes(mark)) return text
  return eachLine(text.replaceAll(`\n${more(mark)}`, ''), (line) =>
    line.startsWith(mark) ? line.slice(mark.length) : line,
  )
}

/**
 * Takes rules out of a YARA text. One that others build upon stays for them and is made private: it reports nothing.
 * @param others the texts beside this one, in which it may be named as well
 */
export function withoutYaraRules(
  text: string,
  unwanted: (name: string) => boolean,
  others: readonly string[],
  why: LeftOutFor = 'exception',
): Lessened {
  const marks = yaraMarks[why]
  const left = new Set<string>()
  const pieces: string[] = []
  const rules = [...yaraRules(text)]
  let behind = 0
  for (const { name, from = 0, text: body } of rules) {
    if (!unwanted(name)) continue
    left.add(name)
    const start = startOf(text, behind, from)
    const modifiers = text.slice(start, from)
    const end = from + body.length
    pieces.push(text.slice(behind, start))
    const whole = text.slice(start, end)
    const beside = [text.slice(0, start), text.slice(end), ...others].some((one) => namesRule(one, name))
    if (!beside)
      pieces.push(
        marks.begin,
        eachLine(whole, (line) => marks.line + line),
        '\n',
        marks.end,
      )
    else pieces.push(/\bprivate\b/.test(modifiers) ? whole : `${marks.silent}${whole}`)
    behind = end
  }
  return { text: left.size === 0 ? text : `${pieces.join('')}${text.slice(behind)}`, left }
}

/**
 * Where the modifiers of a rule begin. Looked for from its end, word by word: a text of many such words must not hold the
 * run, as an expression does that begins anew at each of them.
 */
function startOf(text: string, behind: number, from: number): number {
  let start = from
  for (;;) {
    const before = text.slice(behind, start)
    const words = before.trimEnd()
    // One letter more than the longest of them, to see that it is a word of its own.
    const word = /(?<!\w)(?:private|global)$/.exec(words.slice(-8))?.[0]
    if (word === undefined || words.length === before.length) return start
    start = behind + words.length - word.length
  }
}

function eachLine(text: string, change: (line: string) => string): string {
  return text.split('\n').map(change).join('\n')
}

/** Whether a text names a rule anywhere: too careful is no harm, the rule only stays as a private one. */
function namesRule(text: string, name: string): boolean {
  return new RegExp(`(?<![$#@!\\w])${name}(?!\\w)`).test(text)
}

/** Brings back what {@link withoutYaraRules} took out. */
export function restoredYara(text: string, why: LeftOutFor = 'exception'): string {
  const { begin, line, end, silent } = yaraMarks[why]
  const taken = new RegExp(`${begin}((?:${line}[^\\n]*\\n)*)${end}`, 'g')
  return text
    .replaceAll(silent, '')
    .replace(taken, (_, kept: string) => eachLine(kept.slice(0, -1), (one) => one.slice(line.length)))
}
