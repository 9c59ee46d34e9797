import type { Remote } from '../source.ts'

/** A host with databases: what is fetched is named below its address. */
export interface Mirror {
  /** As `Transport.url`: what cool-downs are kept by. */
  readonly url: string
  remote(path: string): Remote
}

/** A signed database as somebody advertised it: a TXT record, or the unproved header of a file. */
export interface AdvertisedDatabase {
  readonly name: string
  readonly version: number
  /** What the mirror has the whole database as; null when nobody looked. */
  readonly ending: 'cvd' | 'cld' | null
  /** Bytes of that file, null when nobody said. */
  readonly bytes: number | null
}

/** An unsigned database. */
export interface CustomFile {
  readonly file: string
  /** Lower-case hexadecimal; null when it is not pinned. */
  readonly sha256: string | null
  readonly places: readonly Mirror[]
  /** As `Opening.validator`; null for pinned ones, which are not asked about, and when the server says nothing. */
  readonly validator: string | null
}

/** The databases of a ClamAV mirror: a set that is put together here and proved database by database. */
export interface ClamavOffer {
  readonly kind: 'clamav'
  /** To be tried in this order; the first is the one that answered. */
  readonly mirrors: readonly Mirror[]
  readonly databases: readonly AdvertisedDatabase[]
  readonly custom: readonly CustomFile[]
  /** Whether patches are tried before whole databases. */
  readonly patches: boolean
  readonly sign: 'require' | 'prefer'
  /** PEM files or folders of the roots for `.sign`; null for the usual place. */
  readonly certificates: readonly string[] | null
}
