import { DefsError } from '../error.ts'
import type { SetName } from '../set-id.ts'
import type { IncrementalOffer, Offer, PackageFile } from '../source/source.ts'

/** The incremental packages of an offer that start from a set, the smallest first. */
function stepsFrom(base: SetName | null, { incremental }: Offer): IncrementalOffer[] {
  return incremental
    .filter((step) => step.base === base)
    .sort((a, b) => (a.package.bytes ?? 0) - (b.package.bytes ?? 0))
}

/** Whether a package is smaller than the full one, and not nothing. */
function pays({ package: { bytes } }: IncrementalOffer, full: PackageFile): boolean {
  return bytes !== null && bytes > 0 && (full.bytes === null || bytes < full.bytes)
}

/**
 * The smallest incremental package that leads from a set to the one on offer; null when none starts from it.
 * @throws FETCH_SIZE when there are such packages and each is empty or larger than the full one
 */
export function shorterWay(offer: Offer, base: SetName | null): PackageFile | null {
  const steps = stepsFrom(base, offer)
  const [first] = steps
  if (!first) return null
  const step = steps.find((one) => pays(one, offer.package))
  if (step) return step.package
  const { name, bytes } = first.package
  const text = `${name} has ${bytes ?? 'an unknown number of'} bytes, the full package ${offer.package.bytes}`
  throw new DefsError('FETCH_SIZE', `${text}: tell whoever runs the source`, { path: name })
}

/** What would be fetched first, when everything is in order. */
export function wayOf(offer: Offer, base: SetName | null): PackageFile {
  return stepsFrom(base, offer).find((step) => pays(step, offer.package))?.package ?? offer.package
}
