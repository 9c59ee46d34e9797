import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The kinds of key that tests use; EC keys are made in milliseconds. */
export type KeyAlgorithm = 'P-256' | 'P-384' | 'P-521' | 'rsa1024' | 'rsa2048' | 'rsa3072'

type DigestName = 'sha256' | 'sha384' | 'sha512' | 'sha1' | 'md5'

export interface CertificateOptions {
  readonly algorithm?: KeyAlgorithm
  /** The whole subject; default `/O=Test/CN=<name>`. */
  readonly subject?: string
  /** Digest of the certificate's own signature; default sha256. */
  readonly digest?: DigestName
  readonly days?: number
  /** For `-addext`, for example `basicConstraints=critical,CA:TRUE`; default {@link caExtensions}. */
  readonly extensions?: readonly string[]
  /** Further options for `openssl req`. */
  readonly options?: readonly string[]
}

/** A certificate with its key, and what stands between it and its root. */
export interface Identity {
  /** PEM files. */
  readonly certificate: string
  readonly key: string
  /** A PEM file of the intermediates; null when the root is the issuer. */
  readonly chain: string | null
  readonly root: boolean
}

export interface SignOptions {
  /** Default sha256. */
  readonly digest?: DigestName
  /** Further options for `openssl cms -sign`: `-noattr`, `-keyid`, `-nocerts`, `-nodetach`, `-keyopt`... */
  readonly options?: readonly string[]
}

/** A root with one signer below it. */
export interface Authority {
  readonly directory: string
  readonly root: Identity
  readonly signer: Identity
  /** The root certificate: the PEM file and its text. */
  readonly rootPath: string
  readonly rootPem: string
  /** A detached CMS signature over the exact bytes, DER, by the signer (or another identity). */
  readonly sign: (content: Uint8Array, options?: SignOptions, by?: Identity) => Buffer
  /** A further certificate below the root (or another issuer), in the same folder. */
  readonly issue: (name: string, options?: CertificateOptions, issuer?: Identity) => Identity
}

export const caExtensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign']
export const signerExtensions = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature']

/** Runs the real openssl; what it prints on failure is in the thrown error. */
export function openssl(args: readonly string[], input?: Uint8Array): Buffer {
  return execFileSync('openssl', args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 30_000,
    ...(input ? { input } : {}),
  })
}

function newKey(algorithm: KeyAlgorithm): string[] {
  if (algorithm.startsWith('rsa')) return ['-newkey', `rsa:${algorithm.slice(3)}`]
  return ['-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${algorithm}`]
}

/** Makes a key and a certificate, self-signed without an issuer. One openssl process. */
export function makeIdentity(
  directory: string,
  name: string,
  options: CertificateOptions = {},
  issuer?: Identity,
): Identity {
  // A configuration of our own: the system's would add extensions nobody asked for.
  const config = join(directory, 'openssl.cnf')
  writeFileSync(config, '[req]\ndistinguished_name=dn\n[dn]\n')
  const certificate = join(directory, `${name}.pem`)
  const key = join(directory, `${name}.key`)
  const extensions = ['subjectKeyIdentifier=hash', ...(options.extensions ?? caExtensions)]
  openssl([
    ...['req', '-config', config, '-x509', '-nodes', ...newKey(options.algorithm ?? 'P-256')],
    ...['-keyout', key, '-out', certificate, '-subj', options.subject ?? `/O=Test/CN=${name}`],
    ...['-days', String(options.days ?? 3650), `-${options.digest ?? 'sha256'}`],
    ...extensions.flatMap((extension) => ['-addext', extension]),
    ...(issuer ? ['-CA', issuer.certificate, '-CAkey', issuer.key] : []),
    ...(options.options ?? []),
  ])
  if (!issuer) return { certificate, key, chain: null, root: true }
  // The root does not travel in a signature: it is pinned.
  if (issuer.root) return { certificate, key, chain: null, root: false }
  const chain = join(directory, `${name}.chain.pem`)
  const above = issuer.chain === null ? '' : readFileSync(issuer.chain, 'utf8')
  writeFileSync(chain, readFileSync(issuer.certificate, 'utf8') + above)
  return { certificate, key, chain, root: false }
}

/** A detached CMS signature by `by`, its certificate and intermediates inside. One openssl process. */
export function signDetached(content: Uint8Array, by: Identity, options: SignOptions = {}): Buffer {
  return openssl(
    [
      ...['cms', '-sign', '-binary', '-outform', 'DER', '-md', options.digest ?? 'sha256'],
      ...['-signer', by.certificate, '-inkey', by.key],
      ...(by.chain === null ? [] : ['-certfile', by.chain]),
      ...(options.options ?? []),
    ],
    content,
  )
}

/** A root and a signer below it, made anew in `directory` (created when missing) with real openssl. */
export function makeAuthority(
  directory: string,
  options: { readonly algorithm?: KeyAlgorithm; readonly name?: string } = {},
): Authority {
  mkdirSync(directory, { recursive: true })
  const { algorithm = 'P-256', name = 'authority' } = options
  const root = makeIdentity(directory, `${name}-root`, { algorithm })
  const issue = (child: string, more: CertificateOptions = {}, issuer: Identity = root) =>
    makeIdentity(directory, child, { algorithm, ...more }, issuer)
  const signer = issue(`${name}-signer`, { extensions: signerExtensions })
  return {
    directory,
    root,
    signer,
    rootPath: root.certificate,
    rootPem: readFileSync(root.certificate, 'utf8'),
    sign: (content, how = {}, by = signer) => signDetached(content, by, how),
    issue,
  }
}
