import { limits } from '../../limits.ts'
import type { Inquiry, PackageFile } from '../source.ts'
import type { Transport } from '../transport.ts'
import type { Found } from './found.ts'
import { statedMd5 } from './stated-md5.ts'

/** The neighbourhood of a found package. */
export interface Around {
  /** Further hosts that may hold the same. */
  readonly others: readonly Transport[]
  /** Opens the folder above the host's address, null at the root. */
  readonly above: () => Transport | null
}

/** A found package as an offer states it: sizes and digests are what an unsigned listing and hash list say. */
export async function packageOf(found: Found, around: Around, inquiry: Inquiry): Promise<PackageFile> {
  const md5 = await statedMd5(found, around.above, inquiry)
  // A static name may stand for yesterday's set on another host, and the MD5 of this one would not fit it.
  const places = found.lasting ? [found.host, ...around.others] : [found.host]
  const remotes = places.map((host) => host.remote(found.path))
  return {
    name: found.name,
    bytes: found.bytes,
    exact: false,
    digests: md5 ? [{ algorithm: 'md5', hex: md5 }] : [],
    digestTries: md5 ? limits.digestTries : 1,
    unpackedBytes: null,
    remotes,
    fingerprint: fingerprintOf(found, remotes[0]?.url ?? found.path, md5),
    folder: null,
  }
}

// A size alone tells two sets apart only where the name already does.
function fingerprintOf(found: Found, url: string, md5: string | null): string | null {
  const told = md5 !== null || found.version !== null || (found.lasting && found.bytes !== null)
  return told ? JSON.stringify([url, found.bytes, found.version, md5]) : null
}
