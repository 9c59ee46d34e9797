import { generateKeyPairSync } from 'node:crypto'
import { makeCertificate, pemOf } from '../../trust/issue/make-certificate.ts'

/** An authority of its own for one bus, and what the server shows. All PEM. */
export interface BusCertificate {
  readonly ca: string
  readonly certificate: string
  readonly key: string
}

/** Days. The key of the authority is thrown away: a new one is made with the next certificate. */
const life = 10 * 365

/** Makes the certificate of a bus for these names and addresses. */
export async function makeBusCertificate(fleet: string, servers: readonly string[]): Promise<BusCertificate> {
  const make = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const from = new Date(Date.now() - 86_400_000)
  const [authorityKey, key] = [make(), make()]
  const authority = await makeCertificate({
    commonName: `defs fleet ${fleet} bus`,
    key: authorityKey,
    issuer: null,
    authority: true,
    from,
    days: life,
  })
  const certificate = await makeCertificate({
    commonName: servers[0] ?? fleet,
    key,
    issuer: { certificate: authority, key: authorityKey },
    authority: false,
    from,
    days: life,
    servers,
  })
  return {
    ca: pemOf(authority),
    certificate: `${pemOf(certificate)}${pemOf(authority)}`,
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}
