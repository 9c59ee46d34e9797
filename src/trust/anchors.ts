import { DefsError } from '../error.ts'
import { type Certificate, readCertificate } from './certificate.ts'

/** A pinned certificate: trusted because the operator named it, whatever its dates or its own signature. */
export interface Anchor extends Certificate {
  /** The PEM file it came from. */
  readonly path: string
}

const block = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g
const begin = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----/g

/**
 * Reads pinned certificates from PEM texts, several to a file, text around them allowed.
 * @throws TRUST_ANCHORS when there is none at all, or one that cannot be read
 */
export function readAnchors(pems: readonly { readonly text: string; readonly path: string }[]): Anchor[] {
  const anchors = pems.flatMap(({ text, path }) => readFile(text, path))
  if (anchors.length > 0) return anchors
  throw new DefsError(
    'TRUST_ANCHORS',
    'no trust anchor is pinned: name the PEM file of the publisher in trust.anchors',
  )
}

function readFile(text: string, path: string): Anchor[] {
  // Rule: a key among what everybody may read is a key that was given away, whatever stands beside it.
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    const message = `'${path}' holds a private key: name a file of the certificate alone in trust.anchors`
    throw new DefsError('TRUST_ANCHORS', message, { path })
  }
  const bodies = [...text.matchAll(block)].map((match) => match[1] ?? '')
  // Rule: all or none. Stops: a half-written file that silently pins fewer certificates than its owner means.
  if (bodies.length === 0 || bodies.length !== [...text.matchAll(begin)].length) {
    throw unreadable(path, new Error('not every certificate block is whole'))
  }
  return bodies.map((body) => {
    try {
      return { ...readCertificate(Buffer.from(body, 'base64')), path }
    } catch (cause) {
      throw unreadable(path, cause)
    }
  })
}

function unreadable(path: string, cause: unknown): DefsError {
  const message = `'${path}' holds no readable PEM certificate: check trust.anchors`
  return new DefsError('TRUST_ANCHORS', message, { path, cause })
}
