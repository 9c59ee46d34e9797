/** The engine that a file of rules is for, by its name; null for any other file. */
export function engineOf(name: string): 'suricata' | 'yara' | null {
  if (/\.yara?$/i.test(name)) return 'yara'
  return /\.rules$/i.test(name) ? 'suricata' : null
}

/** A rule as an engine tells it apart from others. */
export interface NamedRule {
  /** Suricata: the sid, with `gid:` before it where the group is not 1; YARA: the identifier. */
  readonly name: string
  /** All that makes the rule. */
  readonly text: string
  /** YARA: where that begins. */
  readonly from?: number
}

/**
 * The actions of Suricata and Snort, which every active rule begins with, in capitals or not. Suricata passes over lines that
 * begin with a blank, without a word.
 */
export const activeRule =
  /^(?:alert|drop|pass|reject|rejectsrc|rejectdst|rejectboth|config|log|block|sdrop|react|rewrite|activate|dynamic)\s/i

/** Whether a line, which no other one led to, is taken to the next by a `\` at its end: a comment is not, nor one that is passed over. */
export function leadsOn(line: string): boolean {
  return !/^[#\s]/.test(line) && line.trimEnd().endsWith('\\')
}

const sidOption = /[;(]\s*sid\s*:\s*(\d{1,10})\s*;/i
const gidOption = /[;(]\s*gid\s*:\s*(\d{1,10})\s*;/i

/**
 * Puts the lines of a file of Suricata's or Snort's rules together, one after the other: a `\` at the end of a line
 * takes a rule to the next one, but not a comment.
 */
export class RuleLines {
  #begun: string[] = []
  #bytes = 0
  readonly #most: number

  /** @param most letters of one rule; longer ones are none */
  constructor(most: number) {
    this.#most = most
  }

  /** The rule that ends with this line; null when it has no active rule with a sid. */
  add(written: string): NamedRule | null {
    const begins = this.#begun.length === 0
    const line = begins ? written.trimEnd() : written.trim()
    if (begins ? leadsOn(line) : line.endsWith('\\')) {
      this.#bytes += line.length
      if (this.#bytes <= this.#most) this.#begun.push(line.slice(0, -1))
      return null
    }
    if (begins) return ruleOf(line)
    const whole = [...this.#begun, line].join('')
    const fits = this.#bytes <= this.#most
    this.#begun = []
    this.#bytes = 0
    return fits ? ruleOf(whole) : null
  }
}

function ruleOf(text: string): NamedRule | null {
  if (!activeRule.test(text)) return null
  // What is quoted may say sid, too.
  const options = unquoted(text)
  const sid = sidOption.exec(options)?.[1]
  if (sid === undefined) return null
  const gid = gidOption.exec(options)?.[1] ?? '1'
  return { name: Number(gid) === 1 ? String(Number(sid)) : `${Number(gid)}:${Number(sid)}`, text }
}

/**
 * A rule without what is quoted in it; a quote that is never closed stays. Each letter is looked at once: a line without
 * end must not hold the run, as an expression does that begins anew at each of its quotes.
 */
export function unquoted(text: string): string {
  const pieces = text.split('"')
  const last = pieces.pop() ?? ''
  const outside: string[] = []
  /** The piece that the string begins with; null outside of strings. */
  let begun: number | null = null
  for (const [index, piece] of pieces.entries()) {
    if (begun === null) {
      outside.push(piece)
      begun = index + 1
    } else if (!isEscaped(piece)) begun = null
  }
  if (begun === null) return [...outside, last].join('""')
  return [outside.join('""'), ...pieces.slice(begun), last].join('"')
}

/** Whether what follows is escaped: an odd number of `\` stands before it. */
function isEscaped(before: string): boolean {
  let count = 0
  while (before[before.length - 1 - count] === '\\') count += 1
  return count % 2 === 1
}

// What decides where a rule begins and ends: strings and patterns, comments, braces (those of bytes lie inside the
// rule's own), and the word itself with a name behind it.
const landmark = /\/\*|\/\/|["/{}]|(?<![$#@!\w])rule\s+([A-Za-z_]\w*)(?=\s*[:{])/g

/** The rules that a YARA text declares, those in comments and in strings left out. */
export function* yaraRules(text: string): Generator<NamedRule> {
  let open: { readonly name: string; readonly from: number } | null = null
  let depth = 0
  const close = (end: number): NamedRule | null => {
    const rule = open && { ...open, text: text.slice(open.from, end).trimEnd() }
    open = null
    depth = 0
    return rule
  }
  for (let at = 0; ; ) {
    landmark.lastIndex = at
    const found = landmark.exec(text)
    if (!found) break
    const [mark, name] = found
    at = endOf(mark, text, found.index + mark.length)
    if (mark === '{') depth += 1
    if (mark === '}') depth -= 1
    // A rule that is never closed ends where the next one begins: what an engine makes of it is its own affair.
    const ended = name !== undefined || (mark === '}' && depth <= 0) ? close(name ? found.index : at) : null
    if (ended) yield ended
    if (name !== undefined) open = { name, from: found.index }
  }
  const last = close(text.length)
  if (last) yield last
}

function endOf(mark: string, text: string, behind: number): number {
  if (mark === '/*') return endAfter(text, '*/', behind)
  if (mark === '//') return endAfter(text, '\n', behind)
  return mark === '"' || mark === '/' ? endOfQuoted(text, behind, mark) : behind
}

function endAfter(text: string, end: string, from: number): number {
  const found = text.indexOf(end, from)
  return found < 0 ? text.length : found + end.length
}

// Neither a string nor a pattern goes on behind the end of its line.
function endOfQuoted(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at += 1) {
    const letter = text[at]
    if (letter === '\\') at += 1
    else if (letter === quote || letter === '\n') return at + 1
  }
  return text.length
}
