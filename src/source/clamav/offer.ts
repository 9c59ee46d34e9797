import type { ClamavConfig } from '../../config/config.ts'
import type {
  AdvertisedDatabase,
  ClamavOffer,
  CustomFile,
  Mirror,
  Offer,
  PackageFile,
  SourceQuery,
} from '../source.ts'
import { fingerprintOf, type Installed } from './installed.ts'

/** Everything an offer is made of. */
export interface Findings {
  readonly config: ClamavConfig
  readonly advertised: readonly AdvertisedDatabase[]
  readonly custom: readonly CustomFile[]
  readonly mirrors: readonly Mirror[]
  readonly installed: Installed
}

/**
 * The offer of a mirror. Its set is known only when it is the current one: then nothing is newer. A mirror that is
 * behind what is installed offers that, since no database ever goes back by itself.
 */
export function offerOf(findings: Findings, query: SourceQuery): Omit<Offer, 'failedHosts'> {
  const { config, advertised, installed } = findings
  noteBehind(findings, query)
  const versions = advertised.map(({ name, version }) => {
    const here = installed.databases.get(name)?.version ?? 0
    return [name, Math.max(version, here)] as const
  })
  const same = versions.every(([name, version]) => installed.databases.get(name)?.version === version)
  const alike = same && installed.databases.size === versions.length
  const known = alike && sameCustom(findings)
  const reshaped = [...installed.databases.keys()].some(
    (name) => !versions.some(([wanted]) => wanted === name),
  )
  const number = versions.reduce((sum, [, version]) => sum + version, 0)
  return {
    source: config.name,
    kind: config.kind,
    set: known ? (query.installed?.set ?? null) : null,
    // With no database newer than ours, only the unsigned ones can differ, and those have no number. One that is no
    // longer wanted takes its number with it.
    reshaped,
    sequence: reshaped || (same && !known) ? null : { number, signed: false },
    grade: 'certified',
    package: packageOf(findings),
    incremental: [],
    indexSignedBy: null,
    unguarded: unguardedOf(findings),
  }
}

function noteBehind({ advertised, mirrors, installed }: Findings, { context }: SourceQuery): void {
  for (const { name, version } of advertised) {
    const here = installed.databases.get(name)?.version ?? 0
    if (here <= version) continue
    const text = `${mirrors[0]?.url ?? 'the mirror'} is behind: it has ${name} ${version}, installed is ${here}`
    context.emit({ type: 'note', level: 'warning', text })
  }
}

/** Whether the unsigned files are known to be those of the current set. Only a pinned digest can tell. */
function sameCustom({ custom, installed: { others } }: Findings): boolean {
  if (custom.length !== others.size) return false
  return custom.every(({ file, sha256 }) => sha256 !== null && others.get(file.toLowerCase()) === sha256)
}

function packageOf({ advertised, custom, mirrors, installed }: Findings): PackageFile {
  const newer = advertised.filter(
    ({ name, version }) => version > (installed.databases.get(name)?.version ?? 0),
  )
  const first = newer[0] ?? advertised[0]
  const file = `${first?.name}.${first?.ending ?? 'cvd'}`
  return {
    name: file,
    bytes: sumOf(newer),
    exact: false,
    digests: [],
    digestTries: 1,
    unpackedBytes: null,
    remotes: mirrors.map((mirror) => mirror.remote(file)),
    fingerprint: fingerprintOfOffer(advertised, custom),
    folder: null,
  }
}

/** What whole files would cost; null when somebody did not say. */
function sumOf(databases: readonly AdvertisedDatabase[]): number | null {
  const sizes = databases.flatMap(({ bytes }) => bytes ?? [])
  if (sizes.length === 0 || sizes.length < databases.length) return null
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}

/** Null when nobody could tell whether an unsigned file is still the same. */
function fingerprintOfOffer(
  advertised: readonly AdvertisedDatabase[],
  custom: readonly CustomFile[],
): string | null {
  const states = custom.map(({ file, sha256, validator }) => [file, sha256 ?? validator] as const)
  if (states.some(([, state]) => state === null)) return null
  return fingerprintOf(
    advertised.map(({ name, version }) => [name, version]),
    states.map(([file, state]) => [file, state ?? '']),
  )
}

function unguardedOf({ config, advertised, custom, mirrors }: Findings): ClamavOffer {
  const { patches, sign, certificates } = config
  return { kind: 'clamav', mirrors, databases: advertised, custom, patches, sign, certificates }
}
