import { createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { craftZip } from '../archive/craft-zip.ts'
import { type Authority, makeAuthority } from '../support/authority.ts'
import type { Files } from '../support/definition-set.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

/**
 * A vendor who publishes in a few milliseconds: it starts no program for a signature or a package. Signatures have
 * the form that openssl gave one of them; without signed attributes the last bytes of one are RSA over the content.
 */
export async function startQuickVendor(): Promise<Vendor> {
  return startVendor({}, { authority: quickAuthority, zip: quickZip })
}

function quickAuthority(directory: string): Authority {
  const authority = makeAuthority(directory, { algorithm: 'rsa2048' })
  const key = createPrivateKey(readFileSync(authority.signer.key))
  const form = authority.sign(Buffer.from('any'), { options: ['-noattr'] })
  const frame = form.subarray(0, form.length - 256)
  return { ...authority, sign: (content) => Buffer.concat([frame, sign('sha256', content, key)]) }
}

function quickZip(files: Files): Buffer {
  return craftZip([...files].map(([name, data]) => ({ name, data: Buffer.from(data) })))
}
