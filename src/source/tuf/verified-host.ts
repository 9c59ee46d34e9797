import { DefsError } from '../../error.ts'
import type { TufKeeper } from '../../tuf-metadata.ts'
import type { SmallFile, Transport } from '../transport.ts'
import { findTarget, type ReadMetadata, refreshMetadata } from './refresh.ts'

/** Folder of the metadata below a host. */
const folder = 'metadata/'

/**
 * A host whose small files are read only as its metadata vouches for them. Packages pass: the index that names
 * them by size and digest is such a small file.
 * @throws TRUST_METADATA, TRUST_ROLLBACK, TRUST_FROZEN, SOURCE_*
 */
export async function verifiedHost(
  host: Transport,
  keeper: TufKeeper,
  signal: AbortSignal,
): Promise<Transport> {
  const metadata = await keeper.open()
  const readMetadata: ReadMetadata = async (name, most) =>
    (await host.read(`${folder}${name}`, most, signal))?.bytes ?? null
  try {
    await refreshMetadata(metadata, readMetadata)
  } finally {
    // A root that was accepted stays so, whatever came after it.
    await keeper.keep(metadata)
  }

  async function read(path: string, limit: number, asking: AbortSignal): Promise<SmallFile | null> {
    const target = await findTarget(path, metadata, readMetadata)
    if (!target) return null
    const file = await host.read(target.asked, Math.min(limit, target.bytes), asking)
    if (!file) {
      const message = `${host.url} lacks ${target.asked}, which its metadata names`
      throw new DefsError('SOURCE_NOT_FOUND', message, { path: target.asked })
    }
    target.check(file.bytes)
    return { url: file.url, bytes: file.bytes, mediaType: file.mediaType }
  }

  return { ...host, read }
}
