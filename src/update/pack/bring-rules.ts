import { openPackage } from '../../archive/open.ts'
import { countRules } from '../../archive/rules/count-rules.ts'
import type { RulesConfig } from '../../config/config.ts'
import { DefsError } from '../../error.ts'
import type { Trace } from '../../fetch/job.ts'
import { limits } from '../../limits.ts'
import type { Offer, RulesOffer } from '../../source/source.ts'
import { type Arrival, arrive } from '../arrive.ts'
import { openingOf, placeOf } from '../bounds.ts'
import type { Run } from '../run.ts'
import { sealSet } from '../seal-set.ts'
import { gatherEvidence } from './evidence.ts'
import { namePack } from './name-pack.ts'
import { provePack } from './prove-pack.ts'

/**
 * Brings a pack of rules here, proves it by what lies beside it, makes sure that there are rules in it, and seals it
 * as a set of its own. The pack's tree stays as it is.
 * @throws SOURCE_*, INDEX_*, FETCH_*, ARCHIVE_*, TRUST_*, GATE_REFUSED, STORE_*, INTERRUPTED
 */
export async function bringRules(
  offer: Offer,
  { config, beside }: RulesOffer,
  trace: Trace,
  run: Run,
): Promise<Arrival> {
  // First, so that a pack without its signature costs no download.
  const evidence = await gatherEvidence(config, offer.package.name, beside, run)
  const place = placeOf(run)
  const bounded = { ...place, maxBytes: Math.min(place.maxBytes, limits.rulePack) }
  const arrived = await arrive(offer, bounded, trace, run, async (fetched, workspace) => {
    const opened = await openPackage(fetched.file, workspace.set, openingOf(run))
    const { signer, signedAt } = await provePack(fetched, evidence, config, run)
    refuseOwnNames(opened.files)
    await demandRules(opened, config, run)
    const set = await namePack(opened, { signedAt, modified: fetched.modified }, config, run)
    const sequence = signedAt === null ? null : { number: signedAt, signed: true }
    const sealed = await sealSet(opened, { set, sequence, grade: offer.grade }, run)
    // From here on our own authority speaks for the set; who vouched for the pack is what people have to know.
    return { authentic: { ...sealed, signer }, reused: 0 }
  })
  if (config.allowUnsigned)
    run.report('package.unsigned', {
      set: arrived.authentic.set,
      path: arrived.fetched.url,
      source: offer.source,
    })
  return { ...arrived, incremental: false }
}

/** Rule: guard, signature and marker of a set are ours. Stops: a pack that brings its own. */
function refuseOwnNames(files: readonly { readonly name: string }[]): void {
  const own = files.find(({ name }) => ['v.grd', 'v.sig', 'zdone.dat'].includes(name.toLowerCase()))
  if (!own) return
  const text = `the pack holds '${own.name}', a name that is kept for the guard of its set: it is refused`
  throw new DefsError('ARCHIVE_COLLISION', text, { path: own.name })
}

/** Rule: never a result with no rules. Stops: a page, an empty pack or one all commented out, taken for success. */
async function demandRules(
  opened: Parameters<typeof countRules>[0],
  config: RulesConfig,
  { signal, context }: Run,
): Promise<void> {
  const { files, active } = await countRules(opened, config, signal)
  context.emit({ type: 'note', level: 'debug', text: `${active} active rules in ${files} files` })
  if (active === 0) {
    const what = files === 0 ? `no file that matches ${config.rules.join(', ')}` : 'no active rule'
    throw new DefsError('ARCHIVE_UNKNOWN', `the pack has ${what}: it is refused; check address and patterns`)
  }
  if (active >= config.least) return
  const text = `the pack has ${active} active rules, fewer than ${config.least}: it is refused; see least of the source`
  throw new DefsError('GATE_REFUSED', text)
}
