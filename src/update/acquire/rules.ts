import { readFile } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { openPackage } from '../../archive/open.ts'
import type { Unpacked } from '../../archive/opened.ts'
import type { RulesConfig } from '../../config/config.ts'
import { readNamed } from '../../disk/foreign-file.ts'
import { DefsError, storeError } from '../../error.ts'
import type { Fetched, Trace } from '../../fetch/job.ts'
import { limits } from '../../limits.ts'
import { countRules } from '../../rules/count-rules.ts'
import { type DetachedProof, verifyDetached } from '../../rules/detached.ts'
import { type MinisignKey, readMinisignKeys, verifyMinisign } from '../../rules/minisign.ts'
import { readStatedDigest, type SignatureKind, signatureSuffixes } from '../../source/rules.ts'
import type { Offer, RulesOffer } from '../../source/source.ts'
import type { Signer } from '../../trust/authentic.ts'
import { type ExceptedDraft, withExceptions } from '../except/exceptions.ts'
import { fetchOptions, openOptions, type Run } from '../run.ts'
import { type AcquiredSet, fetchAndProve } from './acquired.ts'
import { namePack } from './name-pack.ts'

/**
 * Brings a pack of rules here, proves it by what lies beside it, makes sure that there are rules in it, and seals it
 * as a set of its own. The pack's tree stays as it is.
 * @throws SOURCE_*, INDEX_*, FETCH_*, ARCHIVE_*, TRUST_*, GATE_REFUSED, STORE_*, INTERRUPTED
 */
export async function acquireRules(
  offer: Offer,
  { config, beside }: RulesOffer,
  trace: Trace,
  run: Run,
): Promise<AcquiredSet> {
  // First, so that a pack without its signature costs no download.
  const evidence = await gatherSignatures(config, offer.package.name, beside, run)
  const place = fetchOptions(run)
  const bounded = { ...place, maxBytes: Math.min(place.maxBytes, limits.rulePack) }
  let excepted: ExceptedDraft | undefined
  const arrived = await fetchAndProve(offer, bounded, trace, run, async (fetched, workspace) => {
    const { opened, signer, signedAt } = await openPack(fetched, workspace.set, evidence, config, run)
    excepted = await withExceptions(opened, run)
    const lessened = { ...opened, files: excepted.files }
    const set = await namePack(lessened, { signedAt, modified: fetched.modified }, config, run)
    const sequence = signedAt === null ? null : { number: signedAt, signed: true }
    // What signs is large, and most sets come signed.
    const { sealSet } = await import('./seal.ts')
    const sealed = await sealSet(lessened, { set, sequence, grade: offer.grade }, run)
    // From here on our own authority speaks for the set; who vouched for the pack is what people have to know.
    return { authentic: { ...sealed, signer }, reused: 0 }
  })
  if (config.allowUnsigned)
    run.report('package.unsigned', {
      set: arrived.authentic.set,
      path: arrived.fetched.url,
      source: offer.source,
    })
  return { ...arrived, incremental: false, ...(excepted ? { excepted } : {}) }
}

/** A pack of rules that was proved and has rules in it, as it lies in a folder. */
export interface OpenedPack {
  readonly opened: Unpacked
  readonly signer: Signer
  /** Seconds since 1970; null when nobody signed it, or the signature does not tell. */
  readonly signedAt: number | null
  /** Active rules. */
  readonly active: number
}

/** Opens a fetched pack in an empty folder, proves it, and makes sure that there are rules in it. */
export async function openPack(
  fetched: Fetched,
  folder: string,
  evidence: PackSignatures,
  config: RulesConfig,
  run: Run,
): Promise<OpenedPack> {
  const opened = await openPackage(fetched.file, folder, openOptions(run, fetched.offer.package.name))
  const { signer, signedAt } = await provePack(fetched, evidence, config, run)
  refuseOwnNames(opened.files)
  return { opened, signer, signedAt, active: await demandRules(opened, config, run) }
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
): Promise<number> {
  const { files, active } = await countRules(opened, config, signal)
  context.emit({ type: 'note', level: 'debug', text: `${active} active rules in ${files} files` })
  if (active === 0) {
    const what = files === 0 ? `no file that matches ${config.rules.join(', ')}` : 'no active rule'
    throw new DefsError('ARCHIVE_UNKNOWN', `the pack has ${what}: it is refused; check address and patterns`)
  }
  if (active >= config.least) return active
  const text = `the pack has ${active} active rules, fewer than ${config.least}: it is refused; see least of the source`
  throw new DefsError('GATE_REFUSED', text)
}

/** What lies beside a pack to prove it; nothing of it is checked yet. */
export interface PackSignatures {
  readonly signatures: ReadonlyMap<SignatureKind, Uint8Array>
  /** The file that is signed instead of the pack, and the SHA-256 it states; null when the pack itself is. */
  readonly digest: { readonly bytes: Uint8Array; readonly sha256: string } | null
}

/**
 * Reads every signature that a pack must have, and the digest they are over.
 * @throws TRUST_SIGNATURE_MISSING, SOURCE_*, INDEX_*
 */
export async function gatherSignatures(
  config: RulesConfig,
  pack: string,
  beside: RulesOffer['beside'],
  { signal }: Run,
): Promise<PackSignatures> {
  const signatures = new Map<SignatureKind, Uint8Array>()
  for (const [kind, suffixes] of signatureSuffixes(config)) {
    const found = await firstOf(suffixes, (suffix) => beside(suffix, signal))
    // Rule: every signature asked for. Stops: leaving it out to get around it.
    if (!found) {
      const text = `there is no ${suffixes.map((suffix) => pack + suffix).join(' or ')}: nobody vouches for the pack`
      throw new DefsError('TRUST_SIGNATURE_MISSING', text, { path: `${pack}${suffixes[0]}` })
    }
    signatures.set(kind, found)
  }
  if (!config.signedDigest) return { signatures, digest: null }
  const name = `${pack}.sha256`
  const bytes = await beside('.sha256', signal)
  if (bytes) return { signatures, digest: { bytes, sha256: readStatedDigest(bytes, 64, name) } }
  throw new DefsError('SOURCE_NOT_FOUND', `there is no ${name}, which is what should be signed`, {
    path: name,
  })
}

async function firstOf(
  suffixes: readonly string[],
  read: (suffix: string) => Promise<Uint8Array | null>,
): Promise<Uint8Array | null> {
  for (const suffix of suffixes) {
    const bytes = await read(suffix)
    if (bytes) return bytes
  }
  return null
}

/**
 * Proves a fetched pack: by every signature its source is to have, else by the digest that was pinned - fetching has
 * held it against that - else by nothing, which the configuration then says.
 * @throws TRUST_*
 */
async function provePack(
  fetched: Fetched,
  { signatures, digest }: PackSignatures,
  config: RulesConfig,
  run: Run,
): Promise<DetachedProof> {
  if (signatures.size === 0) return { signer: unsigned(fetched, config), signedAt: null }
  const content = digest?.bytes ?? (await contentOf(fetched.file))
  const proofs: DetachedProof[] = []
  for (const [kind, signature] of signatures)
    proofs.push(await verifyBy[kind](content, signature, config, run))
  // Rule: the pack is the one that the signed file states. Stops: another pack beside good papers.
  if (digest !== null && digest.sha256 !== fetched.sha256) {
    const text = `${fetched.url}: its SHA-256 is ${fetched.sha256} and not ${digest.sha256} as signed`
    throw new DefsError('TRUST_DIGEST', text, { path: fetched.url })
  }
  const [first] = proofs
  if (!first) throw new DefsError('BUG', 'a signature without a verdict')
  const moments = proofs.flatMap(({ signedAt }) => signedAt ?? [])
  return { signer: first.signer, signedAt: moments.length === 0 ? null : Math.min(...moments) }
}

const verifyBy: Record<
  SignatureKind,
  (content: Uint8Array, signature: Uint8Array, config: RulesConfig, run: Run) => Promise<DetachedProof>
> = {
  minisign: async (content, signature, config) =>
    verifyMinisign(content, signature, await minisignKeys(config.minisign ?? '')),
  pkcs7: async (content, signature, _, { trust }) => verifyDetached(content, signature, trust),
}

async function minisignKeys(keyOrFile: string): Promise<readonly MinisignKey[]> {
  if (!isAbsolute(keyOrFile)) return readMinisignKeys(keyOrFile, 'the configuration')
  const text = await readNamed(keyOrFile, limits.trustFile).catch((cause: unknown) => {
    const message = `cannot read the public key ${keyOrFile}: check minisign of the source`
    throw new DefsError('TRUST_ANCHORS', message, { cause, path: keyOrFile })
  })
  return readMinisignKeys(text.toString(), keyOrFile)
}

async function contentOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (error) {
    throw storeError(error, `reading ${file}`)
  }
}

/** Who vouches for what has no signature, as people are told. */
export function unsignedBy(pinned: boolean): string {
  return pinned ? 'SHA-256 of the configuration' : 'nobody (allowUnsigned)'
}

function unsigned({ sha256 }: Fetched, config: RulesConfig): Signer {
  const pinned = config.sha256 !== null
  const name = unsignedBy(pinned)
  const fingerprint = pinned ? sha256 : ''
  const method = pinned ? 'pinned sha256' : 'unsigned, md5'
  return { name, fingerprint, anchor: name, anchorFingerprint: fingerprint, method, expired: false }
}
