import { createHash } from 'node:crypto'
import type { RulesConfig } from '../config/config.ts'
import type { Digest } from '../digest.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { timestampOf } from '../trusted-comment.ts'
import { hostedSource } from './host/hosted-source.ts'
import { signatureSuffixes } from './pack/proof-files.ts'
import { readStatedDigest, sideFilesOf } from './pack/side-files.ts'
import { parentAddress } from './package/parent-address.ts'
import type { Connect, Inquiry, Offer, RulesOffer, Source } from './source.ts'
import { decoded } from './transport/address.ts'
import type { Transport } from './transport.ts'

/**
 * Packs of rules at fixed addresses (suricata, YARA). One small file beside the pack is asked for - its MD5, which is
 * the habit of the ET Open rules, else its signature - since it changes whenever the pack does; with a pinned digest
 * there is nothing to ask. What it says is proved only with the pack.
 */
export function rules(config: RulesConfig, connect: Connect): Source {
  const packs = new Map(config.urls.map((url) => [connect(parentAddress(url) ?? url), nameOf(url)]))

  async function ask(host: Transport, others: readonly Transport[], inquiry: Inquiry) {
    const name = packs.get(host) ?? ''
    const beside = sideFilesOf(host, name)
    const told = await leadOf(host, name, config, beside, inquiry.signal)
    const remotes = [host, ...others].map((place) => place.remote(packs.get(place) ?? name))
    const digests: Digest[] = [...told.digests]
    if (config.sha256 !== null) digests.push({ algorithm: 'sha256', hex: config.sha256 })
    return {
      source: config.name,
      kind: config.kind,
      set: null,
      sequence: told.sequence === null ? null : { number: told.sequence, signed: false },
      // Nobody vouches for an unsigned one.
      grade: config.allowUnsigned ? 'rapid' : 'certified',
      package: {
        name,
        bytes: null,
        exact: false,
        digests,
        digestTries: digests.length > 0 ? limits.digestTries : 1,
        unpackedBytes: null,
        remotes,
        fingerprint: fingerprintOf(told.changes, config),
        folder: null,
      },
      incremental: [],
      indexSignedBy: null,
      unguarded: { kind: 'rules', config, beside },
    } satisfies Omit<Offer, 'left'>
  }

  return hostedSource(config, [...packs.keys()], ask)
}

function nameOf(url: string): string {
  return decoded(new URL(url).pathname.split('/').at(-1) ?? '')
}

/** What the small file says that is asked for first. */
interface Lead {
  readonly digests: readonly Digest[]
  /** Not proved yet. */
  readonly sequence: number | null
  /** Changes when the pack does. */
  readonly changes: string
}

async function leadOf(
  host: Transport,
  name: string,
  config: RulesConfig,
  beside: RulesOffer['beside'],
  signal: AbortSignal,
): Promise<Lead> {
  if (config.md5) {
    const bytes = (await beside('.md5', signal)) ?? (await nothingBeside(host, name, '.md5', signal))
    const hex = readStatedDigest(bytes, 32, `${host.url}${name}.md5`)
    return { digests: [{ algorithm: 'md5', hex }], sequence: null, changes: `md5 ${hex}` }
  }
  const [suffixes] = signatureSuffixes(config).values()
  if (!suffixes) return { digests: [], sequence: null, changes: 'pinned' }
  for (const suffix of suffixes) {
    const bytes = await beside(suffix, signal)
    if (!bytes) continue
    const comment = /^trusted comment: (.*?)\r?$/m.exec(Buffer.from(bytes).toString('utf8'))?.[1]
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { digests: [], sequence: timestampOf(comment ?? ''), changes: `${suffix} ${sha256}` }
  }
  return nothingBeside(host, name, suffixes.join(' or '), signal)
}

/**
 * A signature that is missing beside a pack that is there is no proof; nothing at all is a wrong address.
 * @throws SOURCE_NOT_FOUND, TRUST_SIGNATURE_MISSING
 */
async function nothingBeside(
  host: Transport,
  name: string,
  suffix: string,
  signal: AbortSignal,
): Promise<never> {
  const { body } = await host.remote(name).open(null, signal)
  // Leaving the loop ends the transfer; an iterator that was never started would not.
  for await (const bytes of body) if (bytes.length > 0) break
  const code = suffix === '.md5' ? 'SOURCE_NOT_FOUND' : 'TRUST_SIGNATURE_MISSING'
  const text = `${host.url}${name} is there, but no ${suffix} beside it: ask the publisher, or change the source`
  throw new DefsError(code, text, { path: `${host.url}${name}` })
}

// Whoever asks for other proofs or other contents than before wants the same pack judged anew.
function fingerprintOf(changes: string, config: RulesConfig): string {
  const { minisign, pkcs7, sha256, signedDigest, rules: patterns, style, least, version } = config
  const judgement = [minisign, pkcs7, sha256, signedDigest, patterns, style, least, version]
  return `${changes} ${createHash('sha256').update(JSON.stringify(judgement)).digest('hex')}`
}
