import type { Anchor } from '../trust/anchors.ts'
import type { Signer } from '../trust/authentic.ts'

/** What a verdict on ClamAV's files rests on beside the bytes. */
export interface ClamavTrust {
  readonly keys: ClamavKeys
  /** Pinned roots for `.sign` files. */
  readonly roots: readonly Anchor[]
  /** Whether a file without `.sign` is refused, or accepted on the legacy keys. A bad one is always refused. */
  readonly sign: 'require' | 'prefer'
  /** The moment the verdict holds for. */
  readonly now: Date
}

/** What a file was offered as. */
export interface ClamavClaim {
  /** The database, for example `daily`. */
  readonly name: string
  /** The version that was advertised; null when nobody said. */
  readonly version: number | null
}

/** How far a file is proved. */
export interface SignProof {
  /** `pkcs7`: by its `.sign` up to a pinned root. `legacy`: by ClamAV's built-in keys only. */
  readonly method: 'pkcs7' | 'legacy'
  /** True when a `.sign` was there that nobody could judge, for want of pinned roots. */
  readonly unjudged: boolean
  /** Who signed; null for `legacy`. */
  readonly signer: Signer | null
}

/** A proved database. */
export interface DatabaseProof extends SignProof, ContentsProof {}

/** A proved list of contents. */
export interface ContentsProof {
  /** The name that the database has for its maker; another than its file's for renamed ones. */
  readonly name: string
  readonly version: number
  readonly signatures: number
  readonly functionalityLevel: number
  readonly builtAt: Date
  /** First line of the `.info`: what a header must say. */
  readonly line: string
}

/** A proved patch. */
export interface PatchProof extends SignProof {
  /** The version it leads to. */
  readonly version: number
}

/** An RSA key as two numbers. */
export interface PublicNumbers {
  readonly modulus: bigint
  readonly exponent: bigint
}

/** The keys that are built into ClamAV's programs. */
export interface ClamavKeys {
  /** Over the MD5 of a CVD's payload. */
  readonly database: PublicNumbers
  /** Over the `.info` inside a database. */
  readonly info: PublicNumbers
  /** Over a patch. */
  readonly patch: PublicNumbers
}

/** The keys of the vendor, the same since 2003 (database), and since the scheme began (info, patch). */
export const vendorKeys: ClamavKeys = {
  database: {
    modulus:
      118640995551645342603070001658453189751527774412027743746599405743243142607464144767361060640655844749760788890022283424922762488917565551002467771109669598189410434699034532232228621591089508178591428456220796841621637175567590476666928698770143328137383952820383197532047771780196576957695822641224262693037n,
    exponent: 100001027n,
  },
  info: {
    modulus:
      11088894983048545473659556106627194923928941791795047620591658697413581043322715912172496806525381055880964520618400224333320534660299233983755341740679502866829909679955734391392668378361221524205396631090105151641270857277080310734320951653700508941717419168723942507890702904702707587451621691050754307850383399865346487203798464178537392211402786481359824461197231102895415093770394216666324484593935762408468516826633192140826667923494822045805347809932848454845886971706424360558667862775876072059437703365380209101697738577515476935085469455279994113145977994084618328482151013142393373316337519977244732747977n,
    exponent: 100002049n,
  },
  patch: {
    modulus:
      14783905874077467090262228516557917570254599638376203532031989214105552847269687489771975792123442185817287694951949800908791527542017115600501303394778618535864845235700041590056318230102449612217458549016089313306591388590790796515819654102320725712300822356348724011232654837503241736177907784198700834440681124727060540035754699658105895050096576226753008596881698828185652424901921668758326578462003247906470982092298106789657211905488986281078346361469524484829559560886227198091995498440676639639830463593211386055065360288422394053998134458623712540683294034953818412458362198117811990006021989844180721010947n,
    exponent: 100002053n,
  },
}
