import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { checkKey, readScheme } from './algorithm.ts'
import type { Anchor } from './anchors.ts'
import type { Certificate } from './certificate.ts'

/** What the chain is judged by. */
export interface ChainPolicy {
  /** The moment the verdict holds for. */
  readonly now: Date
  /** Whether certificates outside their dates are refused; vendors sign for years without a time stamp. */
  readonly expired: 'accept' | 'refuse'
  readonly allowSha1: boolean
  /** `mail`: the signer's certificate must allow S/MIME signatures; otherwise its purpose is not judged. */
  readonly purpose?: 'mail'
  /** `new-signature`: where `trust.expired` has no say, as with the `.sign` files of ClamAV. */
  readonly advice?: 'new-signature'
}

/** A way from a signer to a pinned anchor. */
export interface Chain {
  readonly anchor: Anchor
  /** True when a certificate of it, the anchor included, is outside its dates. */
  readonly expired: boolean
}

interface Search {
  readonly inside: readonly Certificate[]
  readonly anchors: readonly Anchor[]
  readonly policy: ChainPolicy
  /** The first chain that holds but for its dates. */
  late: Chain | null
  /** The first refusal for a reason more telling than "no way to an anchor". */
  refusal: DefsError | null
  checksLeft: number
}

/**
 * Finds a way from `signer` through the certificates `inside` the signature to a pinned anchor. Key usage and
 * extended key usage of the signer are not judged (as `openssl -purpose any`), dates only by policy.
 * @throws TRUST_CHAIN, TRUST_ALGORITHM when only a weak link leads there, TRUST_EXPIRED by policy
 */
export function findChain(
  signer: Certificate,
  inside: readonly Certificate[],
  anchors: readonly Anchor[],
  policy: ChainPolicy,
): Chain {
  const search: Search = {
    inside,
    anchors,
    policy,
    late: null,
    refusal: null,
    checksLeft: limits.chainChecks,
  }
  const chain = isUnderstood(signer, search) ? extend([signer], search) : null
  if (chain) return chain
  if (search.late && policy.expired === 'accept') return search.late
  if (search.late) {
    throw new DefsError('TRUST_EXPIRED', outsideDates(signer, policy))
  }
  throw (
    search.refusal ??
    new DefsError(
      'TRUST_CHAIN',
      `nothing leads from the signer '${signer.name}' to a pinned anchor: check trust.anchors`,
    )
  )
}

/** The advice that fits the cause: a clock without a battery is more likely than a signature from the future. */
function outsideDates(signer: Certificate, { now, advice }: ChainPolicy): string {
  const text = `the certificates of '${signer.name}' are outside their dates`
  const { notBefore } = signer
  if (now < notBefore)
    return `${text}: they begin with ${dayOf(notBefore)}, and the clock says ${now.toISOString()}: check it`
  if (advice === 'new-signature')
    return `${text}, by the clock, which says ${dayOf(now)}: check it, or use a mirror with a newer signature`
  return `${text}: set trust.expired to accept, or ask for a new signature`
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10)
}

/** Tries every anchor, then every further certificate. Returns the first chain within its dates. */
function extend(path: readonly [Certificate, ...Certificate[]], search: Search): Chain | null {
  const last = path[path.length - 1] ?? path[0]
  for (const anchor of search.anchors) {
    // Rule: the end of every chain is a pinned certificate, byte for byte, or was signed by its key. Stops: an
    // impostor with the anchor's name; a root that the signature brings along.
    const pinned = anchor.fingerprint === last.fingerprint
    if (!pinned && !isIssuedBy(path, last, anchor, true, search)) continue
    const expired = [...path, anchor].some((certificate) => !isInTime(certificate, search.policy.now))
    if (!expired) return { anchor, expired }
    search.late ??= { anchor, expired }
  }
  // Rule: a bounded depth and no loops. Stops: certificates that certify each other for ever.
  if (path.length > limits.chain) return null
  for (const issuer of search.inside) {
    if (path.some((certificate) => certificate.fingerprint === issuer.fingerprint)) continue
    if (!isIssuedBy(path, last, issuer, false, search)) continue
    const chain = extend([...path, issuer], search)
    if (chain) return chain
  }
  return null
}

function isIssuedBy(
  path: readonly Certificate[],
  subject: Certificate,
  issuer: Certificate,
  pinned: boolean,
  search: Search,
): boolean {
  // Names, authority key identifier and keyCertSign.
  if (!subject.x509.checkIssued(issuer.x509)) return false
  if (!isAuthority(issuer, pinned) || !isUnderstood(issuer, search) || !allowsPath(issuer, path)) return false
  // Rule: a bounded number of signatures is checked. Stops: hundreds of certificates of one name.
  if (search.checksLeft <= 0) return false
  search.checksLeft -= 1
  if (!subject.x509.verify(issuer.publicKey)) return false
  return isStrong(subject, issuer, search)
}

/** Rule: no SHA-1, no MD5, no short key in any link. Stops: a certificate made to collide with an honest one. */
function isStrong(subject: Certificate, issuer: Certificate, search: Search): boolean {
  try {
    readScheme(subject.signatureAlgorithm, null, search.policy.allowSha1)
    checkKey(issuer.publicKey, issuer.name)
    return true
  } catch (error) {
    if (!(error instanceof DefsError)) return false
    search.refusal ??= error
    return false
  }
}

/**
 * Rule: only an authority certifies. Stops: an honest leaf certificate used to issue others. Without
 * basicConstraints a pinned certificate still counts when it is a self-signed one from before version 3, or says
 * keyCertSign, as openssl has it.
 */
function isAuthority(issuer: Certificate, pinned: boolean): boolean {
  if (issuer.mayCertify === false) return false
  if (issuer.basicConstraints) return issuer.basicConstraints.ca
  return pinned && (issuer.mayCertify === true || (issuer.version === 1 && issuer.selfIssued))
}

/** Rule: a critical extension nobody understands refuses the certificate (RFC 5280 4.2). */
function isUnderstood({ name, unknownCritical }: Certificate, search: Search): boolean {
  if (unknownCritical.length === 0) return true
  const ids = unknownCritical.map((id) => knownByName[id] ?? id).join(', ')
  const text = `'${name}' has a critical extension that is not judged here: ${ids}: ask for a certificate without it`
  search.refusal ??= new DefsError('TRUST_CHAIN', text)
  return false
}

const knownByName: Readonly<Record<string, string>> = {
  '2.5.29.30': 'nameConstraints (2.5.29.30)',
  '2.5.29.33': 'policyMappings (2.5.29.33)',
  '2.5.29.36': 'policyConstraints (2.5.29.36)',
  '2.5.29.54': 'inhibitAnyPolicy (2.5.29.54)',
}

/** Rule: pathLenConstraint (RFC 5280 4.2.1.9). Stops: a department's authority that makes authorities. */
function allowsPath(issuer: Certificate, path: readonly Certificate[]): boolean {
  const most = issuer.basicConstraints?.pathLength ?? null
  const between = path.slice(1).filter((certificate) => !certificate.selfIssued)
  return most === null || between.length <= most
}

function isInTime(certificate: Certificate, now: Date): boolean {
  return certificate.notBefore <= now && now <= certificate.notAfter
}
