import { fileURLToPath } from 'node:url'
import { DefsError } from '../error.ts'
import { openDirectory } from './directory.ts'
import { openFtp } from './ftp.ts'
import { openHttp } from './http.ts'
import type { ConnectionOptions, Transport } from './transport.ts'

const kinds: Readonly<Record<string, (base: string, reach: ConnectionOptions) => Transport>> = {
  http: openHttp,
  https: openHttp,
  ftp: openFtp,
  ftps: openFtp,
  file: (base) => openDirectory(fileURLToPath(base)),
}

/**
 * The transport for a base address: http, https, ftp, ftps, file, or a plain path of a folder or share.
 * Nothing is connected yet.
 * @throws CONFIG_INVALID for any other address
 */
export function openTransport(base: string, reach: ConnectionOptions): Transport {
  // One letter before the colon is a drive of Windows.
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(base)?.[1]?.toLowerCase()
  if (scheme === undefined) return openDirectory(base)
  const open = kinds[scheme]
  if (!open || !URL.canParse(base)) {
    throw new DefsError(
      'CONFIG_INVALID',
      `'${scheme}://' is no address of a source: use http, https, ftp, ftps or file`,
    )
  }
  return open(base, reach)
}
