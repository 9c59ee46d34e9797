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
  /** Whether a line is known to count for every version of the engine, so that none passes over the whole list. */
  readonly anyVersion: boolean
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

// Without a level, or for all from one on that every engine in use has (0.103 has 120), and with no last one.
const level = '(?::(?:\\d{1,2}|100)?)?\\s*$'
const inThree = new RegExp(`^[^:]+:[^:]+:[^:]+${level}`)
const inFour = new RegExp(`^[^:]+:[^:]+:[^:]+:[^:]+${level}`)
const forAnyVersion: ReadonlyMap<RegExp, RegExp> = new Map([
  [byHash, inThree],
  [bySection, inThree],
  [byPattern, inFour],
])

/**
 * Counts the signatures of an unsigned list, and looks at the form of each line where it is known.
 * @param judged that it was looked at before: its lines are counted only
 */
export async function checkList(
  file: string,
  pieces: AsyncIterable<Buffer>,
  judged = false,
): Promise<ListReport> {
  const ending = endingOf(file)
  const look = new LineLook(judged ? null : (forms.get(ending) ?? null))
  const yara = ending === 'yar' || ending === 'yara'
  const text: string[] = []
  let bytes = 0
  for await (const block of wholeLines(pieces, limits.databaseLine)) {
    bytes += block.length
    if (yara && bytes <= limits.ruleFile) text.push(block.toString('latin1'))
    if (!yara) look.see(block, 0, block.length)
  }
  const rules = yara ? [...yaraRules(text.join(''))].map(({ name }) => name) : []
  const { flaw, anyVersion } = look
  return { bytes, signatures: yara ? rules.length : look.signatures, flaw, anyVersion, rules }
}

function endingOf(file: string): string {
  return /\.([^./]+)$/.exec(file)?.[1]?.toLowerCase() ?? ''
}

/** The form that the lines of a list have by its ending; null where none is known. */
export function formOf(file: string): RegExp | null {
  return forms.get(endingOf(file)) ?? null
}

/** What is seen of lines: how many are signatures, and with a form also the first that has it not. */
export class LineLook {
  signatures = 0
  flaw: string | null = null
  /** Whether a line is known to count for every version of the engine. */
  anyVersion = false
  #line = 0
  readonly #form: RegExp | null
  readonly #any: RegExp | undefined

  /** @param form null to count only */
  constructor(form: RegExp | null) {
    this.#form = form
    this.#any = form === null ? undefined : forAnyVersion.get(form)
  }

  /** Looks at whole lines of a block, from here to there. */
  see(block: Buffer, start: number, length: number): void {
    const form = this.#form
    for (let from = start, to = start; from < length; from = to + 1) {
      to = block.indexOf(lineEnd, from)
      // What follows the last line end is nothing.
      if (to < 0 || to > length) to = length
      this.#line += 1
      // A list has millions of lines: of most of them a look at their bytes tells.
      if (block[from] === comment && from < to) continue
      if (this.#any && !this.anyVersion) this.anyVersion = this.#any.test(block.toString('latin1', from, to))
      if (form === null ? isText(block[from]) : form === byHash && isHashLine(block, from, to)) {
        this.signatures += 1
        continue
      }
      const one = block.toString('latin1', from, to).replace(/\r$/, '')
      if (one.trim() !== '') this.signatures += 1
      if (form && this.flaw === null && !form.test(one)) this.flaw = `line ${this.#line} is ${describe(one)}`
    }
  }
}

const [lineEnd, carriageReturn, comment, colon, zero, nine] = [0x0a, 0x0d, 0x23, 0x3a, 0x30, 0x39]
const hexDigits = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[0-9a-fA-F]/.test(String.fromCharCode(byte)) ? 1 : 0,
)

/** Whether it is a byte of some text that is no blank. */
function isText(byte = 0): boolean {
  return byte > 0x20 && byte < 0x7f
}

/** True for lines that {@link byHash} takes, though not for all of them. */
function isHashLine(bytes: Buffer, from: number, to: number): boolean {
  let at = from
  while (at < to && hexDigits[bytes[at] ?? 0] === 1) at += 1
  const length = at - from
  if ((length !== 32 && length !== 40 && length !== 64) || bytes[at] !== colon) return false
  const size = at + 1
  for (at = size; at < to; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte < zero || byte > nine) break
  }
  const name = bytes[at + 1]
  return (
    at > size &&
    bytes[size] !== zero &&
    bytes[at] === colon &&
    at + 1 < to &&
    name !== colon &&
    name !== carriageReturn
  )
}

function describe(line: string): string {
  if (line.trim() === '') return 'blank'
  const empty = /(^|:)0+:/.test(line) ? ' (size 0, that of the empty file)' : ''
  return `no signature${empty}: ${JSON.stringify(line.slice(0, 60))}`
}

/** Lists below so many signatures may lose any share of them: they are kept by hand. */
export const smallList = 10

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
  const missing = (before.signatures - signatures) * 100
  if (missing <= shrink * before.signatures) return null
  const percent = Math.floor(missing / before.signatures)
  return `it holds ${signatures} signatures, ${percent} % less than the ${before.signatures} before; at most ${shrink} % may be missing`
}
