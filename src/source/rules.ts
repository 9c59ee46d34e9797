import { createHash } from 'node:crypto'
import type { RulesConfig } from '../config/config.ts'
import type { Digest } from '../digest.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { timestampOf } from '../rules/minisign.ts'
import { isWebPage } from '../text/web-page.ts'
import { decoded } from '../transport/address.ts'
import type { Transport } from '../transport/transport.ts'
import { hostedSource } from './hosts.ts'
import { parentAddress } from './listing/folder-source.ts'
import type { Connect, Offer, RulesOffer, Source, SourceQuery } from './source.ts'

/**
 * Packs of rules at fixed addresses (suricata, YARA). One small file beside the pack is asked for - its MD5, which is
 * the habit of the ET Open rules, else its signature - since it changes whenever the pack does; with a pinned digest
 * there is nothing to ask. What it says is proved only with the pack.
 */
export function rules(config: RulesConfig, connect: Connect): Source {
  const packs = new Map(config.urls.map((url) => [connect(folderOf(url)), nameOf(url)]))

  async function ask(host: Transport, _others: readonly Transport[], query: SourceQuery) {
    const name = packs.get(host) ?? ''
    const beside = sideFilesOf(host, name)
    const told = await leadOf(host, name, config, beside, query.signal)
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
        // Pack and signature are of one host: a mirror that copies one after the other has neither for a while.
        remotes: [host.remote(name)],
        fingerprint: fingerprintOf(told.changes, config),
        folder: null,
      },
      incremental: [],
      indexSignedBy: null,
      unguarded: { kind: 'rules', config, beside },
    } satisfies Omit<Offer, 'failedHosts'>
  }

  return hostedSource(config, [...packs.keys()], ask)
}

/** The folder of a file; a query stays, for every file in it. */
export function folderOf(address: string): string {
  const query = /\?.*$/.exec(address)?.[0] ?? ''
  const plain = address.slice(0, address.length - query.length)
  return `${parentAddress(plain) ?? plain}${query}`
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

/** The means by which a pack is signed. */
export type SignatureKind = 'minisign' | 'pkcs7'

/** What stands behind the name of a pack for each signature it must have; the first one that is there counts. */
export function signatureSuffixes(
  config: Pick<RulesConfig, 'minisign' | 'pkcs7' | 'signedDigest'>,
): ReadonlyMap<SignatureKind, readonly string[]> {
  const signed = config.signedDigest ? '.sha256' : ''
  const suffixes = new Map<SignatureKind, readonly string[]>()
  if (config.minisign !== null) suffixes.set('minisign', [`${signed}.minisig`])
  if (config.pkcs7) suffixes.set('pkcs7', [`${signed}.p7s`, `${signed}.sig`])
  return suffixes
}

/** Reads the small files beside a pack, each of them once. */
function sideFilesOf(host: Transport, pack: string): RulesOffer['beside'] {
  const seen = new Map<string, Uint8Array | null>()
  return async (suffix, signal) => {
    const known = seen.get(suffix)
    if (known !== undefined) return known
    const file = await host.read(`${pack}${suffix}`, limits.sideFile, signal)
    if (file && isWebPage(file.bytes)) {
      const text = `${file.url} is a page for people where a signature or digest should be`
      throw new DefsError('INDEX_HTML', text, { path: file.url })
    }
    seen.set(suffix, file?.bytes ?? null)
    return file?.bytes ?? null
  }
}

/**
 * The digest that a side file states: alone, in the way of `md5sum` and `sha256sum`, or as `--tag`, BSD and OpenSSL write it
 * (`SHA256 (name) = ...`). Of a list of several files it is that of the pack.
 * @param name address of the side file: that of the pack and its suffix
 * @throws INDEX_INVALID for another text, and where the pack is not in the list
 */
export function readStatedDigest(bytes: Uint8Array, digits: 32 | 64, name: string): string {
  const text = Buffer.from(bytes)
    .toString()
    .replace(/^\ufeff/, '')
  const lines = text.split(/\r?\n/).filter((line) => /^[^#\s]/.test(line))
  const all = lines.map((line) => statedIn(line.trim()))
  const stated = all.filter(({ hex }) => hex.length === digits)
  const pack = lastOf(name).replace(/\.\w+$/, '')
  const own = stated.length === 1 ? stated : stated.filter(({ file }) => isNamed(file, pack))
  const [hex, ...others] = new Set(own.map((one) => one.hex.toLowerCase()))
  if (hex !== undefined && others.length === 0 && all.every((one) => one.hex !== '')) return hex
  throw new DefsError('INDEX_INVALID', `${name} does not state one digest of ${digits} digits for ${pack}`, {
    path: name,
  })
}

// A name with a backslash or line break in it has a `\\` before the digest.
function statedIn(line: string): { readonly hex: string; readonly file: string } {
  const [, hex, file = ''] = /^\\?([0-9a-f]+)(?:\s+\*?(\S.*))?$/i.exec(line) ?? []
  if (hex !== undefined) return { hex, file }
  const [, tagged = '', digest = ''] = /^[\w-]+ ?\((.+)\) ?= ?([0-9a-f]+)$/i.exec(line) ?? []
  return { hex: digest, file: tagged }
}

// In an address the name may be encoded.
function isNamed(file: string, pack: string): boolean {
  return [lastOf(file), encodeURI(lastOf(file))].includes(pack)
}

function lastOf(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? ''
}
