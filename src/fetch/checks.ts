import type { Context } from '../context.ts'
import type { DigestAlgorithm, Hashing } from '../digest.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import type { PackageFile } from '../source/source.ts'
import type { DownloadTarget } from './job.ts'

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

/**
 * Holds a size against what is allowed. A signed size is exact: anything else is a lie, and to read on would
 * only be to read endless data.
 * @param bytes so far, or in all when `whole`
 * @throws FETCH_SIZE, FETCH_TOO_LARGE
 */
export function checkSize(
  bytes: number,
  whole: boolean,
  want: PackageFile,
  maxBytes: number,
  url: string,
): void {
  if (bytes > maxBytes) {
    const text = `${url} is larger than ${maxBytes} bytes, the largest that is taken (limits.package)`
    throw new DefsError('FETCH_TOO_LARGE', text, { path: url })
  }
  if (whole && bytes === 0) throw new DefsError('FETCH_SIZE', `${url} is empty`, { path: url })
  const exact = want.exact ? want.bytes : null
  if (exact === null || (whole ? bytes === exact : bytes <= exact)) return
  const size = whole ? `${bytes} bytes` : `more than ${exact} bytes`
  throw new DefsError('FETCH_SIZE', `${url} has ${size} where ${exact} were stated`, { path: url })
}

/** Bytes that a package of this size will take, unpacked set included. */
export function spaceFor(missing: number, bytes: number, unpackedBytes: number | null): number {
  return missing + (unpackedBytes ?? 2 * bytes)
}

export interface PaceOptions {
  /** The package, for people. */
  readonly subject: string
  readonly url: string
  /** Bytes that were there before, and in all when somebody told. */
  readonly start: number
  readonly total: number | null
}

/**
 * Judges each arrival of bytes by the clock, and reports progress. A server that sends one byte now and then is
 * never silent, but would keep an update from ever ending: hence the least throughput, and the deadline.
 */
export function paceOf(
  options: PaceOptions,
  place: DownloadTarget,
  context: Context,
): (received: number, last?: boolean) => void {
  const { subject, url, start, total } = options
  let window = { from: context.now().getTime(), received: 0 }
  let reported = Number.NEGATIVE_INFINITY

  return (received, last = false) => {
    const now = context.now().getTime()
    if (last || now - reported >= limits.progressEvery) {
      reported = now
      context.emit({ type: 'progress', step: 'fetch', subject, done: start + received, total })
    }
    if (place.deadline && now >= place.deadline.getTime()) throw deadlineError(url)
    const elapsed = now - window.from
    if (last || elapsed < limits.throughputWindow) return
    const rate = ((received - window.received) * 1000) / elapsed
    window = { from: now, received }
    if (rate >= place.throughput) return
    const text = `${url} came at ${Math.floor(rate)} bytes a second, below the least of ${place.throughput}`
    throw new DefsError('SOURCE_STALLED', text, { path: url, transient: true })
  }
}

/** The run's time is over. */
export function deadlineError(url: string): DefsError {
  return new DefsError('SOURCE_DEADLINE', `${url} was not there within the time of this run`, { path: url })
}
