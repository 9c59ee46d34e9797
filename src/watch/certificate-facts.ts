import { X509Certificate } from 'node:crypto'

/** What people want to know of a certificate: whose it is and how long it lasts. */
export interface CertificateFacts {
  /** As OpenSSL writes it, parts joined by commas: `C=DE, O=Example, CN=server`. */
  readonly subject: string
  readonly starts: Date
  readonly ends: Date
}

/**
 * Reads what is shown of a certificate. Proves nothing. The usual ones are read here, since `node:crypto` takes longer to
 * load than the rest of `status`; whatever is unusual is left to it.
 * @param pem one certificate with its two lines
 * @throws when it is none
 */
export function certificateFacts(pem: string): CertificateFacts {
  return factsOfDer(Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64'))
}

function factsOfDer(der: Buffer): CertificateFacts {
  return usualFacts(der) ?? factsByNode(der)
}

/**
 * The same of every certificate that a signature carries (RFC 5652 section 5.1, as `v.sig` is). None of one in another
 * form: whoever verifies it says so.
 */
export function certificatesOfSignature(signature: Buffer): readonly CertificateFacts[] {
  const message = elementAt(signature, 0)
  const [, content] = (message && elementsIn(signature, message)) ?? []
  const signed = content && elementAt(signature, content.from)
  const parts = (signed && elementsIn(signature, signed)) ?? []
  const carried = parts.find(({ tag }) => tag === contextZero)
  const all = (carried && elementsIn(signature, carried)) ?? []
  // The head of an element is of two to five bytes: each begins where the one before ends.
  const starts = [carried?.from ?? 0, ...all.map(({ to }) => to)]
  return all.flatMap(({ tag, to }, index) =>
    tag === sequence ? factsOfDer(signature.subarray(starts[index], to)) : [],
  )
}

function factsByNode(der: Buffer): CertificateFacts {
  const { subject, validFrom, validTo } = new X509Certificate(der)
  return { subject: subject.split('\n').join(', '), starts: new Date(validFrom), ends: new Date(validTo) }
}

/** DER of one element: what it is, where its content lies, and where the next one begins (X.690 section 8.1). */
interface Element {
  readonly tag: number
  readonly from: number
  readonly to: number
}

const sequence = 0x30
const set = 0x31
/** Of a certificate its version, of a signature its certificates. */
const contextZero = 0xa0

// RFC 5280 appendix A, as OpenSSL shortens them; by the bytes of the identifier.
const names: ReadonlyMap<string, string> = new Map([
  ['550403', 'CN'],
  ['550406', 'C'],
  ['550407', 'L'],
  ['550408', 'ST'],
  ['55040a', 'O'],
  ['55040b', 'OU'],
])

/** Null for a certificate with anything in it that is not quite usual. */
function usualFacts(der: Buffer): CertificateFacts | null {
  const whole = elementAt(der, 0)
  if (whole?.tag !== sequence || whole.to !== der.length) return null
  const signed = elementAt(der, whole.from)
  if (signed?.tag !== sequence) return null
  const fields = elementsIn(der, signed)
  // serial, algorithm, issuer, validity, subject; a version before them but in the first one
  const [, , , validity, subject] = fields?.[0]?.tag === contextZero ? fields.slice(1) : (fields ?? [])
  if (validity?.tag !== sequence || subject?.tag !== sequence) return null
  const [starts, ends] = (elementsIn(der, validity) ?? []).map((time) => timeOf(der, time))
  const parts = (elementsIn(der, subject) ?? []).map((part) => partOf(der, part))
  if (!starts || !ends || parts.length === 0 || parts.includes(null)) return null
  return { subject: parts.join(', '), starts, ends }
}

/** `CN=server` of a set with one pair in it; null for several, other names, and texts that OpenSSL would escape. */
function partOf(der: Buffer, part: Element): string | null {
  const [pair, another] = part.tag === set ? (elementsIn(der, part) ?? []) : []
  if (pair?.tag !== sequence || another !== undefined) return null
  const [id, value] = elementsIn(der, pair) ?? []
  const name = id && names.get(der.toString('hex', id.from, id.to))
  // UTF8String and PrintableString
  if (name === undefined || (value?.tag !== 0x0c && value?.tag !== 0x13)) return null
  const text = der.toString('latin1', value.from, value.to)
  return /^[A-Za-z0-9]([A-Za-z0-9 .:@()_/*-]*[A-Za-z0-9.)])?$/.test(text) ? `${name}=${text}` : null
}

/** RFC 5280 section 4.1.2.5: UTCTime of the years 1950 to 2049, GeneralizedTime of others, both to the second and in UTC. */
function timeOf(der: Buffer, { tag, from, to }: Element): Date | null {
  const text = der.toString('latin1', from, to)
  const year =
    tag === 0x17 ? /^\d{12}Z$/.test(text) && `${text < '5' ? '20' : '19'}${text.slice(0, 2)}` : null
  const long = tag === 0x18 && /^\d{14}Z$/.test(text) ? text : year ? `${year}${text.slice(2)}` : null
  if (long === null) return null
  const date = new Date(long.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  return Number.isNaN(date.getTime()) ? null : date
}

/** The elements of a constructed one; null unless they fill it. */
function elementsIn(der: Buffer, { from, to }: Element): Element[] | null {
  const found: Element[] = []
  for (let at = from; at < to; ) {
    const element = elementAt(der, at)
    if (element === null || element.to > to) return null
    found.push(element)
    at = element.to
  }
  return found
}

function elementAt(der: Buffer, at: number): Element | null {
  const [tag, first] = [der[at], der[at + 1]]
  if (tag === undefined || first === undefined) return null
  const more = first < 0x80 ? 0 : first - 0x80
  if (more > 3 || (first >= 0x80 && more === 0) || at + 2 + more > der.length) return null
  const length = more === 0 ? first : der.readUIntBE(at + 2, more)
  const from = at + 2 + more
  return from + length > der.length ? null : { tag, from, to: from + length }
}
