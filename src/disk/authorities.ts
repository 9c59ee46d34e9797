import { rootCertificates } from 'node:tls'
import { limits } from '../limits.ts'
import { readNamed } from './foreign-file.ts'

/** Where distributions keep the bundle of the authorities that the machine trusts; the first one that is there counts. */
const bundles: readonly string[] = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
  '/usr/local/share/certs/ca-root-nss.crt',
]

/**
 * The authorities that TLS connections are judged by, as PEM: those of a file that was named, and no others; else the
 * machine's own (where an enterprise puts its authority) beside the list that comes with Node.js, which knows nothing of
 * them. What names a file beside those, as other programs read it, is `SSL_CERT_FILE` and `NODE_EXTRA_CA_CERTS`.
 * @param file a PEM file instead; null for none
 * @throws what reading that file throws; a bundle that cannot be read counts as not there
 */
export async function readAuthorities(
  file: string | null,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  if (file !== null) return (await readNamed(file, limits.trustFile)).toString()
  system ??= readSystem(env)
  return system
}

// Two hundred certificates: once a process.
let system: Promise<string> | undefined

async function readSystem(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const read = (path: string | undefined) =>
    path ? readNamed(path, limits.trustFile).then(String, () => null) : null
  const texts = [await read(env['SSL_CERT_FILE']), await read(env['NODE_EXTRA_CA_CERTS'])]
  for (const path of texts[0] === null ? bundles : []) {
    const text = await read(path)
    if (text === null) continue
    texts.push(text)
    break
  }
  // A text that is no PEM would have every connection fail.
  const certificates = texts.flatMap((text) => text?.match(certificate) ?? [])
  return [...new Set([...rootCertificates, ...certificates])].join('\n')
}

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
