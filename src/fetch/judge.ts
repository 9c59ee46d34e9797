import type { DigestAlgorithm, Hashing } from '../digest.ts'
import { DefsError } from '../error.ts'
import type { PackageFile } from '../source/source.ts'

/** SHA-256 always, and whatever else is stated. */
export function algorithmsFor(want: PackageFile): DigestAlgorithm[] {
  return [...new Set<DigestAlgorithm>(['sha256', ...want.digests.map((digest) => digest.algorithm)])]
}

/** True when signed material says by its hash which bytes these must be, wherever they come from. */
export function isIdentified(want: PackageFile): boolean {
  return want.exact && want.digests.some((digest) => digest.algorithm === 'sha256')
}

/**
 * Holds a whole file against every digest that was stated; gives its SHA-256.
 * @throws TRUST_DIGEST
 */
export function judgeDigests(hashing: Hashing, want: PackageFile, url: string): string {
  const sha256 = hashing.finish('sha256') ?? ''
  for (const { algorithm, hex } of want.digests) {
    const actual = algorithm === 'sha256' ? sha256 : hashing.finish(algorithm)
    if (actual === hex.toLowerCase()) continue
    const text = `${url}: its ${algorithm} is ${actual} and not ${hex} as stated: damaged on the way, or not the file`
    throw new DefsError('TRUST_DIGEST', text, { path: url })
  }
  return sha256
}
