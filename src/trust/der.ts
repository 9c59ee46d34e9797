import { limits } from '../limits.ts'

/** One element in distinguished encoding (DER, X.690): what signatures and certificates are made of. */
export interface DerElement {
  /** Its first byte: class, form and number of its type. */
  readonly tag: number
  /** All of it, its header included: the very bytes that were read. */
  readonly bytes: Uint8Array
  readonly contents: Uint8Array
  /** The elements inside; none in a primitive one. */
  readonly parts: readonly DerElement[]
}

/** First bytes of the types that are read here, `context` plus its number for those that a structure numbers itself. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  nothing: 0x05,
  identifier: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  contextPrimitive: 0x80,
  context: 0xa0,
} as const

const constructedTypes = new Set([16, 17]) // SEQUENCE, SET

/**
 * Reads exactly one element, as far as structure goes: definite lengths in their shortest form, no multi-byte tags,
 * strings in one piece, nothing behind the end. Other encodings are where two parsers come to read one signature differently.
 * @param depth the most elements inside each other
 * @throws Error when it is anything else
 */
export function readElement(bytes: Uint8Array, depth: number): DerElement {
  const element = elementAt(bytes, 0, bytes.length, depth)
  demand(element.bytes.length === bytes.length, 'bytes behind the end')
  return element
}

function elementAt(bytes: Uint8Array, start: number, limit: number, depth: number): DerElement {
  const tag = bytes[start]
  demand(tag !== undefined && start + 2 <= limit && depth > 0 && (tag & 0x1f) !== 0x1f, 'no element')
  const constructed = (tag & 0x20) !== 0
  const universal = (tag & 0xc0) === 0
  demand(!universal || (tag & 0x1f) !== 0, 'the end of an element whose length is not said')
  demand(!universal || constructed === constructedTypes.has(tag & 0x1f), 'a type in the wrong form')
  const body = lengthAt(bytes, start + 1, limit)
  const parts: DerElement[] = []
  for (let at = body.start; constructed && at < body.end; ) {
    const part = elementAt(bytes, at, body.end, depth - 1)
    parts.push(part)
    at += part.bytes.length
  }
  return {
    tag,
    bytes: bytes.subarray(start, body.end),
    contents: bytes.subarray(body.start, body.end),
    parts,
  }
}

function lengthAt(bytes: Uint8Array, at: number, limit: number): { start: number; end: number } {
  const first = bytes[at] ?? 0x80
  let start = at + 1
  let length = first
  if (first >= 0x80) {
    // 0x80 alone is the indefinite form; four bytes are far beyond any signature.
    const count = first & 0x7f
    demand(count > 0 && count <= 4 && start + count <= limit, 'a length in another form')
    length = 0
    for (const byte of bytes.subarray(start, start + count)) length = length * 256 + byte
    demand(length >= 0x80 && length >= 256 ** (count - 1), 'a length that could be shorter')
    start += count
  }
  demand(start + length <= limit, 'a length beyond the end')
  return { start, end: start + length }
}

/** @throws Error(what) */
export function demand(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what)
}

/** The parts of a SEQUENCE, or of another element by its tag. @throws Error when it is something else */
export function partsOf(element: DerElement | undefined, tag: number = tags.sequence): readonly DerElement[] {
  demand(element?.tag === tag, 'another element than expected')
  return element.parts
}

/** The contents of a primitive element. @throws Error when it is something else */
export function contentsOf(element: DerElement | undefined, tag: number): Uint8Array {
  demand(element?.tag === tag, 'another element than expected')
  return element.contents
}

/** The only part of an element that wraps another. @throws Error when it is something else */
export function soleOf(element: DerElement | undefined, tag: number): DerElement {
  const [part, ...more] = partsOf(element, tag)
  demand(part !== undefined && more.length === 0, 'more or less than one element')
  return part
}

/** Takes a SEQUENCE apart, part by part, in the order of its definition. */
export class DerParts {
  readonly #parts: readonly DerElement[]
  #at = 0

  /** @throws Error when it is no SEQUENCE */
  constructor(element: DerElement | undefined) {
    this.#parts = partsOf(element)
  }

  /** The next part, whatever it is; undefined behind the last. */
  next(): DerElement | undefined {
    return this.#parts[this.#at++]
  }

  /** The next part if it has this tag; it stays the next one otherwise. */
  optional(tag: number): DerElement | undefined {
    return this.#parts[this.#at]?.tag === tag ? this.next() : undefined
  }

  /** @throws Error when a part is left: nothing that a definition does not know is passed over */
  end(): void {
    demand(this.#at >= this.#parts.length, 'more than its definition has')
  }
}

/** An object identifier in its usual form, as `1.2.840.113549.1.7.2`. @throws Error when it is none */
export function identifierOf(element: DerElement | undefined): string {
  const contents = contentsOf(element, tags.identifier)
  // Rule: a bounded length. Stops: one number of 256 KiB, which takes most of a minute to be put together.
  demand(contents.length <= limits.asn1Identifier, 'an identifier of more bytes than any in use')
  const numbers: bigint[] = []
  let number = 0n
  let begun = false
  for (const byte of contents) {
    demand(begun || byte !== 0x80, 'an identifier that could be shorter')
    number = number * 128n + BigInt(byte & 0x7f)
    begun = byte >= 0x80
    if (begun) continue
    numbers.push(number)
    number = 0n
  }
  const [head, ...rest] = numbers
  demand(!begun && head !== undefined, 'an identifier that is not whole')
  const root = head < 80n ? head / 40n : 2n
  return [root, head - root * 40n, ...rest].join('.')
}

/** A number from 0 to 2^31 - 1 in its shortest form. @throws Error when it is another */
export function numberOf(element: DerElement | undefined): number {
  const contents = contentsOf(element, tags.integer)
  const [first = 0x80, second = 0x80] = contents
  demand(first < 0x80 && contents.length <= 4 && (first > 0 || second >= 0x80), 'a number out of bounds')
  return contents.reduce((sum, byte) => sum * 256 + byte, 0)
}

const utc = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
const generalized = /^(\d\d\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/

/** A UTCTime or GeneralizedTime in the one form of each that RFC 5280 4.1.2.5 allows. @throws Error when it is another */
export function timeOf(element: DerElement | undefined): Date {
  const short = element?.tag === tags.utcTime
  const text = Buffer.from(contentsOf(element, short ? tags.utcTime : tags.generalizedTime)).toString(
    'latin1',
  )
  const [, year = '', month, day, hour, minute, second] = (short ? utc : generalized).exec(text) ?? []
  const century = short ? (Number(year) < 50 ? '20' : '19') : ''
  const date = new Date(`${century}${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  demand(!Number.isNaN(date.getTime()), 'a time that is none')
  return date
}
