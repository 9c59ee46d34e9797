import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClamavTrust } from '../../../src/clamav/keys.ts'
import { vendorKeys } from '../../../src/clamav/keys.ts'
import { type Anchor, readAnchors } from '../../../src/trust/anchors.ts'
import { room } from '../../archive/workshop.ts'
import { makeAuthority, signerExtensions } from '../../support/authority.ts'
import { type DatabaseRecipe, makeCdiff, makeClamavSigner, makeCvd } from '../../support/clamav-database.ts'
import { clamavVectors } from '../../support/clamd.ts'

/** Versions 1 to 4 of a database `test`, with patches from each to the next and a `.sign` for every file. */
export interface Lineage {
  readonly name: string
  /** True for ClamAV's own files, which its programs know the keys of. */
  readonly genuine: boolean
  /** `test-3.cvd`, `test-3.cvd.sign`, `test-3.cdiff`, `test-3.cdiff.sign`. */
  readonly file: (name: string) => Buffer
  readonly keys: ClamavTrust['keys']
  /** The certificate that the `.sign` files lead to, and another one. */
  readonly rootPath: string
  readonly otherRootPath: string
  /** Common names of who signed, and of the root. */
  readonly signer: string
  readonly root: string
  /** Moments at which the root is not valid yet, is valid, and is not any more. */
  readonly early: Date
  readonly valid: Date
  readonly late: Date
  readonly facts: readonly VersionFacts[]
}

interface VersionFacts {
  readonly version: number
  readonly signatures: number
  readonly builtAt: string
  readonly members: number
}

/** The certificates in a PEM file. */
export function rootsIn(path: string): Anchor[] {
  return readAnchors([{ text: readFileSync(path, 'utf8'), path }])
}

/** ClamAV's own test files; null where they do not lie beside the project. */
function genuineLineage(folder: string | null): Lineage | null {
  if (folder === null) return null
  return {
    name: "ClamAV's own files",
    genuine: true,
    file: (name) => readFileSync(join(folder, name)),
    keys: vendorKeys,
    rootPath: join(folder, 'clamav-TEST-root.crt'),
    otherRootPath: join(folder, 'clamav-PRODUCTION-root.crt'),
    signer: 'ClamAV TEST CVD Signing Cert',
    root: 'ClamAV TEST Root CA',
    early: new Date('2025-03-25T00:00:00Z'),
    valid: new Date('2026-06-01T00:00:00Z'),
    late: new Date('2027-03-27T00:00:00Z'),
    facts: [
      { version: 1, signatures: 0, builtAt: '2021-06-22T18:58:22.000Z', members: 4 },
      { version: 2, signatures: 0, builtAt: '2021-06-22T20:55:01.000Z', members: 4 },
      { version: 3, signatures: 11, builtAt: '2021-06-23T00:40:09.000Z', members: 20 },
      { version: 4, signatures: 12, builtAt: '2021-06-23T01:29:36.000Z', members: 20 },
    ],
  }
}

// What no compression makes small, always the same.
const digestOf = (seed: number) => createHash('sha256').update(`line ${seed}`).digest('hex')
const linesOf = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => `${digestOf(first + index)}:${index + 1}:Test.${first + index}`)

/** The same, made here with keys of our own: everywhere, and in every way that a vendor's files cannot be had. */
function ownLineage(): Lineage {
  const directory = room()
  const keys = makeClamavSigner()
  const authority = makeAuthority(join(directory, 'authority'), { algorithm: 'rsa2048', name: 'OUR' })
  const other = makeAuthority(join(directory, 'other'))
  const subject = '/O=Test/CN=OUR CVD Signing Cert'
  const by = authority.issue('signing', { subject, extensions: signerExtensions })
  const facts: VersionFacts[] = []
  const files = new Map<string, Buffer>()
  const lines = new Map([['test.hsb', linesOf(0, 200)]])
  const change: Readonly<Record<number, (script: string[]) => void>> = {
    1: () => undefined,
    2: (script) => add('test.hsb', linesOf(1000, 2), script),
    3: (script) => {
      add('test.hsb', linesOf(2000, 3), script)
      add('test.hdb', ['00000000000000000000000000000000:1:Test.Empty'], script)
    },
    4: (script) => add('test.hdb', ['00000000000000000000000000000001:2:Test.Other'], script),
  }

  function add(name: string, more: readonly string[], script: string[]): void {
    lines.set(name, [...(lines.get(name) ?? []), ...more])
    script.push(`OPEN ${name}`, ...more.map((line) => `ADD ${line}`), 'CLOSE')
  }

  for (let version = 1; version <= 4; version += 1) {
    const script: string[] = []
    change[version]?.(script)
    let info = ''
    const recipe: DatabaseRecipe = {
      name: 'test',
      version,
      signatures: version < 3 ? 0 : version + 8,
      builtAt: new Date(Date.UTC(2026, 5, 1, 12 + version, 0, 9)),
      files: Object.fromEntries([...lines].map(([name, all]) => [name, `${all.join('\n')}\n`])),
      signedInfo: (text) => {
        info = `${text}\n`
        return info
      },
    }
    const cvd = makeCvd(recipe, keys)
    put(`test-${version}.cvd`, cvd)
    const whole = info.trimEnd().split('\n')
    script.push('UNLINK test.info', 'OPEN test.info', ...whole.map((line) => `ADD ${line}`), 'CLOSE', '')
    if (version > 1) put(`test-${version}.cdiff`, makeCdiff(version, script.join('\n'), keys))
    const { signatures = 0, builtAt = new Date(0) } = recipe
    facts.push({ version, signatures, builtAt: builtAt.toISOString(), members: 2 + lines.size })
  }

  function put(name: string, bytes: Buffer): void {
    files.set(name, bytes)
    const der = authority.sign(bytes, {}, by).toString('base64')
    files.set(`${name}.sign`, Buffer.from(`#clamsign-1.0\n230::pkcs7-pem:${der}\n`))
  }

  const day = 86_400_000
  return {
    name: 'files of our own',
    genuine: false,
    file(name) {
      const bytes = files.get(name)
      if (bytes) return Buffer.from(bytes)
      throw new Error(`there is no ${name}`)
    },
    keys: keys.keys,
    rootPath: authority.rootPath,
    otherRootPath: other.rootPath,
    signer: 'OUR CVD Signing Cert',
    root: 'OUR-root',
    early: new Date(Date.now() - 2 * day),
    valid: new Date(Date.now() + day / 24),
    late: new Date(Date.now() + 3651 * day),
    facts,
  }
}

const genuine = genuineLineage(clamavVectors)

/** Every lineage there is, made when it is wanted. */
export const lineages: readonly (readonly [name: string, open: () => Lineage])[] = [
  ['files of our own', ownLineage],
  ...(genuine ? ([[genuine.name, () => genuine]] as const) : []),
]
