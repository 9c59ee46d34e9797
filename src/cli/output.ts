import type { DefsError } from '../error.ts'
import type { SetName } from '../set-name.ts'
import { unsafeCharacters } from '../text/plain-text.ts'
import { shownText } from '../text/shown-address.ts'
import type { ExitCode } from './exit-code.ts'

/** How a line is to be understood; the colours follow from it. */
export type Tone = 'good' | 'warning' | 'bad' | 'quiet' | 'title'

/** A line of a result. Commands know no colours, so that text from afar can be made harmless before painting. */
export type Line = string | { readonly text: string; readonly tone: Tone } | PlainLines

/** What a command hands back: its exit code, and its result for machines and for people. */
export interface CommandResult {
  readonly exitCode: ExitCode
  /** The fields of the JSON object, but for schema, command, ok and exitCode. */
  readonly json: Readonly<Record<string, unknown>>
  readonly lines: Iterable<Line>
  /** Why the exit code is not 0, when the result is worth printing all the same. */
  readonly error?: DefsError
}

declare const harmless: unique symbol
/** Text that {@link plainText} has made harmless. */
export type PlainText = string & { readonly [harmless]: true }

/** Text made harmless for a terminal: control characters as `\x1b`, `\u202e`, addresses without logins and keys. */
export function plainText(given: string): PlainText {
  const text = shownText(given)
  // Nearly all text is, and to look is twice as quick as to replace nothing.
  if (text.search(unsafeCharacters) < 0) return text as PlainText
  return text.replace(unsafeCharacters, (character) => {
    const code = character.charCodeAt(0)
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`
  }) as PlainText
}

/** Many texts made harmless: they are looked at together, as nearly all are. */
export function plainTexts(texts: readonly string[]): readonly PlainText[] {
  const together = texts.join(' ')
  return plainText(together) === together ? (texts as readonly PlainText[]) : texts.map(plainText)
}

/** Many lines of two columns, as long as each other, of text that is harmless already. */
export class PlainLines {
  readonly text: string
  constructor(first: readonly PlainText[], second: readonly PlainText[]) {
    // Put together at once: text that grows part by part takes twice as long.
    const lines: string[] = []
    for (let index = 0; index < first.length; index++) lines.push(`${first[index]}  ${second[index]}`)
    this.text = lines.join('\n')
  }
}

/** One line of JSON in which the same characters are escaped as JSON has it. */
export function plainJson(value: unknown): string {
  const shown = (_: string, part: unknown) => (typeof part === 'string' ? shownText(part) : part)
  return JSON.stringify(value, shown).replace(unsafeCharacters, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** Gives a harmless text the colour of its tone. */
export type Paint = (text: string, tone: Tone) => string

/** @param level of chalk, which is loaded only where there are colours: most runs are not on a terminal */
export async function openPaint(level: 0 | 1): Promise<Paint> {
  if (level === 0) return (text) => text
  const { Chalk } = await import('chalk')
  const chalk = new Chalk({ level })
  const painters: Record<Tone, (text: string) => string> = {
    good: chalk.green,
    warning: chalk.yellow,
    bad: chalk.red,
    quiet: chalk.dim,
    title: chalk.bold,
  }
  return (text, tone) => painters[tone](text)
}

/**
 * Rows as lines with aligned columns, two spaces between them; the last column is not padded. One line at a time,
 * so that a long table is never there as text in whole.
 */
export function* tableLines(rows: readonly (readonly string[])[]): Generator<string> {
  const widths: number[] = []
  for (const row of rows) {
    for (let index = 0; index < row.length; index++) {
      widths[index] = Math.max(widths[index] ?? 0, row[index]?.length ?? 0)
    }
  }
  for (const row of rows) {
    let line = ''
    for (let index = 0; index < row.length; index++) {
      line += `${index === 0 ? '' : '  '}${row[index]?.padEnd(widths[index] ?? 0)}`
    }
    yield line.trimEnd()
  }
}

/** A size for people: `9.0 KiB`, `118 MiB`. */
export function formatSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit > 0 && value < 100 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

/** A set as it is written on screens: `11/21/2026 rev. 3`. */
export function formatSet(set: SetName): string {
  const part = (from: number, to?: number) => Number(set.slice(from, to))
  return `${part(4, 6)}/${part(6, 8)}/${part(0, 4)} rev. ${part(9)}`
}

/** The grade for people, with the caution that belongs to it. */
export function gradeText({ grade, sequence }: { grade: string | null; sequence: number | null }): string {
  const name = grade === 'rapid' ? 'rapid release: less tested' : (grade ?? 'of unknown origin')
  return sequence === null ? name : `${name}, sequence ${sequence}`
}
