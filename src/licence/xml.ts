import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'

/** An element of an XML text. Attributes, comments and processing instructions carry nothing here. */
export interface Element {
  /** Without its namespace prefix. */
  readonly name: string
  /** The text directly inside, CDATA included, references resolved. */
  readonly text: string
  readonly children: readonly Element[]
}

interface OpenElement {
  readonly name: string
  readonly tag: string
  text: string
  readonly children: OpenElement[]
}

const nameForm = '[\\p{L}_][\\p{L}\\p{N}._:-]*'
const attribute = `\\s+${nameForm}\\s*=\\s*(?:"[^"<]*"|'[^'<]*')`
const startTag = new RegExp(`<(${nameForm})(?:${attribute})*\\s*(/?)>`, 'uy')
const endTag = new RegExp(`</(${nameForm})\\s*>`, 'uy')
const skipped = [
  ['<?', '?>'],
  ['<!--', '-->'],
] as const
const cdata = ['<![CDATA[', ']]>'] as const
// Characters that XML itself forbids; in a name they could also command a terminal.
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

/**
 * Reads the elements of a small XML text and gives its root. Only the five predefined and the numeric
 * references are known; a DOCTYPE or any other declaration is refused, so nothing can be expanded or fetched.
 * Length and depth are bounded by {@link limits} (`licence`, `licenceDepth`).
 * @throws LICENCE_MISSING when the text is not well-formed or breaks a bound
 */
export function readXml(text: string): Element {
  if (text.length > limits.licence) throw refuse(`is longer than ${limits.licence} characters`)
  if (forbidden.test(text)) throw refuse('holds control characters')
  const top: OpenElement = { name: '', tag: '', text: '', children: [] }
  const open = [top]
  let at = text.startsWith('\uFEFF') ? 1 : 0
  while (at < text.length) at = text[at] === '<' ? readMarkup(text, at, open) : readText(text, at, open)
  const [root, second] = top.children
  const unclosed = open.length > 1 ? open.at(-1)?.tag : undefined
  if (unclosed !== undefined) throw refuse(`ends inside <${unclosed}>`)
  if (!root || second || /[^ \t\r\n]/.test(top.text)) throw refuse('has not exactly one outermost element')
  return root
}

/** Takes the tag, comment, instruction or CDATA section at `at`; gives the place after it. */
function readMarkup(text: string, at: number, open: OpenElement[]): number {
  for (const [start, end] of skipped) {
    if (text.startsWith(start, at)) return after(text, end, at + start.length)
  }
  const inside = innermost(open)
  if (text.startsWith(cdata[0], at)) {
    const from = at + cdata[0].length
    const next = after(text, cdata[1], from)
    inside.text += text.slice(from, next - cdata[1].length)
    return next
  }
  // Entity expansion (one kilobyte becoming gigabytes) and external entities both begin with a DOCTYPE.
  if (text.startsWith('<!', at)) throw refuse('holds a DOCTYPE or another declaration')
  endTag.lastIndex = at
  const closing = endTag.exec(text)
  if (closing) {
    if (closing[1] !== inside.tag) throw refuse(`has a stray </${closing[1]}>`)
    open.pop()
    return endTag.lastIndex
  }
  startTag.lastIndex = at
  const [, tag, empty] = startTag.exec(text) ?? []
  if (tag === undefined) throw refuse(`has a broken tag at character ${at + 1}`)
  const element = { name: tag.slice(tag.lastIndexOf(':') + 1), tag, text: '', children: [] }
  inside.children.push(element)
  if (empty === '/') return startTag.lastIndex
  if (open.length > limits.licenceDepth) throw refuse(`nests deeper than ${limits.licenceDepth} elements`)
  open.push(element)
  return startTag.lastIndex
}

function readText(text: string, at: number, open: OpenElement[]): number {
  const next = text.indexOf('<', at)
  const end = next < 0 ? text.length : next
  innermost(open).text += text
    .slice(at, end)
    .replace(/&([^;&\s]{0,10};?)/g, (_, body: string) => resolve(body))
  return end
}

const predefined: ReadonlyMap<string, string> = new Map([
  ['lt;', '<'],
  ['gt;', '>'],
  ['amp;', '&'],
  ['quot;', '"'],
  ['apos;', "'"],
])

function resolve(body: string): string {
  const named = predefined.get(body)
  if (named !== undefined) return named
  const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}));$/.exec(body) ?? []
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  const surrogate = code >= 0xd800 && code <= 0xdfff
  if (Number.isNaN(code) || code > 0x10ffff || surrogate) throw refuse(`has an unknown reference &${body}`)
  const character = String.fromCodePoint(code)
  if (forbidden.test(character)) throw refuse('refers to a control character')
  return character
}

function after(text: string, end: string, from: number): number {
  const found = text.indexOf(end, from)
  if (found < 0) throw refuse(`ends before ${end}`)
  return found + end.length
}

function innermost(open: readonly OpenElement[]): OpenElement {
  const last = open.at(-1)
  if (!last) throw new DefsError('BUG', 'the reader of licences lost its outermost element')
  return last
}

function refuse(what: string): DefsError {
  return new DefsError('LICENCE_MISSING', `the licence file ${what}: install the file as it was delivered`)
}
