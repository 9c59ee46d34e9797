import { wholeLines } from '../clamav/script.ts'
import { limits } from '../limits.ts'
import { yaraRules } from '../rules/named-rules.ts'

/** What can be told of a list of signatures without the engine. */
export interface ListReport {
  readonly bytes: number
  /** Lines, or rules of YARA, that are neither blank nor a comment. */
  readonly signatures: number
  /** The first line that the engine would not load; null when there is none, or no form of this ending is known. */
  readonly flaw: string | null
  /** The rules of YARA by name. */
  readonly rules: readonly string[]
}

const hexadecimal = '(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64})'
// The size 0, that of the empty file, stops the engine as a broken line does.
const size = '(?:0*[1-9]\\d*|\\*)'
const byHash = new RegExp(`^${hexadecimal}:${size}:[^:]+(?::|$)`)
const bySection = new RegExp(`^${size}:${hexadecimal}:[^:]+(?::|$)`)
const byPattern = /^[^:]+:(?:\d+|\*):[^:]+:[^:]+/
const byLogic = /^[^;]+;[^;]+;[^;]+;[^;]+/

// ClamAV's manual; the engine ends at the first line that breaks the form, a blank one included.
const forms: ReadonlyMap<string, RegExp> = new Map([
  ...['hdb', 'hsb', 'hdu', 'hsu', 'fp', 'sfp', 'imp'].map((ending) => [ending, byHash] as const),
  ...['mdb', 'msb', 'mdu', 'msu'].map((ending) => [ending, bySection] as const),
  ...['ndb', 'ndu'].map((ending) => [ending, byPattern] as const),
  ...['ldb', 'ldu'].map((ending) => [ending, byLogic] as const),
])

/** Counts the signatures of an unsigned list, and looks at the form of each line where it is known. */
export async function checkList(file: string, pieces: AsyncIterable<Buffer>): Promise<ListReport> {
  const ending = /\.([^./]+)$/.exec(file)?.[1]?.toLowerCase() ?? ''
  const form = forms.get(ending) ?? null
  const yara = ending === 'yar' || ending === 'yara'
  const text: string[] = []
  let [bytes, signatures, line] = [0, 0, 0]
  let flaw: string | null = null
  for await (const block of wholeLines(pieces, limits.databaseLine)) {
    bytes += block.length
    if (yara && bytes <= limits.ruleFile) text.push(block.toString('latin1'))
    if (yara) continue
    // What follows the last line end is nothing.
    const lines = block.toString('latin1').split('\n')
    if (lines.at(-1) === '') lines.pop()
    for (const written of lines) {
      line += 1
      const one = written.replace(/\r$/, '')
      if (one.startsWith('#')) continue
      if (one.trim() !== '') signatures += 1
      if (form && flaw === null && !form.test(one)) flaw = `line ${line} is ${describe(one)}`
    }
  }
  const rules = yara ? [...yaraRules(text.join(''))].map(({ name }) => name) : []
  return { bytes, signatures: yara ? rules.length : signatures, flaw, rules }
}

function describe(line: string): string {
  if (line.trim() === '') return 'blank'
  const empty = /(^|:)0+:/.test(line) ? ' (size 0, that of the empty file)' : ''
  return `no signature${empty}: ${JSON.stringify(line.slice(0, 60))}`
}

/** Lists below so many signatures may lose any share of them: they are kept by hand. */
const smallList = 10

/**
 * Why a list is not to take the place of the last good one; null when it may. Rules: at least one signature, none that
 * cannot be loaded, and not much less than before. Stop: a page that says the subscription ended, a file that was
 * emptied or cut on its way, and one bad line that keeps the engine from loading anything at all.
 * @param shrink percent that may be missing; 0 for any
 */
export function whyNot(report: ListReport, before: ListReport | null, shrink: number): string | null {
  const { bytes, signatures, flaw } = report
  if (bytes === 0) return 'it is empty'
  if (signatures === 0) return 'it holds no signature'
  if (flaw !== null) return flaw
  if (!before || before.signatures < smallList || shrink === 0) return null
  const missing = (1 - signatures / before.signatures) * 100
  if (missing <= shrink) return null
  return `it holds ${signatures} signatures, ${Math.floor(missing)} % less than the ${before.signatures} before; at most ${shrink} % may be missing`
}
