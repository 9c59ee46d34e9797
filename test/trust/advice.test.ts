import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DefsError } from '../../src/error.ts'
import { readAnchors } from '../../src/trust/anchors.ts'
import { verifySignature } from '../../src/trust/signature.ts'
import { type Identity, openssl, signerExtensions } from '../support/authority.ts'
import { content, openWorld, policy, type World } from './second-opinion.ts'

let world: World
let guard: string

beforeAll(() => {
  world = openWorld()
  guard = join(world.directory, 'v.grd')
  writeFileSync(guard, content)
})
afterAll(() => world.close())

/** What openssl makes of the guard by these options. */
function signed(options: readonly string[], file = guard, by: Identity = world.rsa.signer): Buffer {
  return openssl(['cms', '-sign', '-in', file, '-signer', by.certificate, '-inkey', by.key, ...options])
}

function verdict(signature: Uint8Array, bytes: Uint8Array = content, anchor = world.rsa.root.certificate) {
  const anchors = readAnchors([{ text: readFileSync(anchor, 'utf8'), path: anchor }])
  try {
    return verifySignature(bytes, signature, anchors, policy).name
  } catch (error) {
    return error instanceof DefsError ? `${error.code} ${error.message}` : String(error)
  }
}

describe('a signature of another habit is refused with what to do', () => {
  it.each<[string, readonly string[], string]>([
    ['BER', ['-binary', '-outform', 'DER', '-stream'], 'DER'],
    ['PEM', ['-binary', '-outform', 'PEM'], 'PEM'],
    ['S/MIME', ['-binary', '-outform', 'SMIME'], 'SMIME'],
  ])('%s: the command that is told makes DER of it', (_, options, form) => {
    const signature = signed(options)
    expect(verdict(signature)).toMatch(
      new RegExp(`^TRUST_SIGNATURE .*openssl cms -cmsout -inform ${form} -in v.sig -outform DER`),
    )
    const file = join(world.directory, 'v.sig')
    writeFileSync(file, signature)
    expect(verdict(openssl(['cms', '-cmsout', '-inform', form, '-in', file, '-outform', 'DER']))).not.toMatch(
      /^TRUST/,
    )
  })

  it.each([
    ['nothing', '', 'but empty'],
    ['OpenPGP', '-----BEGIN PGP SIGNATURE-----\n\niHUEABYK\n-----END PGP SIGNATURE-----\n', 'OpenPGP'],
    ['a mail', `To: ${'a@b.example, '.repeat(10)}\nMIME-Version: 1.0\n\n`, 'S/MIME'],
  ])('%s: what it is', (_, text, told) => {
    expect(verdict(Buffer.from(text))).toContain(told)
  })

  it('another content type', () => {
    const signature = signed(['-binary', '-outform', 'DER', '-econtent_type', '1.2.3.4'])
    expect(verdict(signature)).toContain('signs something else than plain data')
  })

  it('signed without -binary, when the guard has plain line ends', () => {
    const lines = Buffer.from('[GuardHeader]\n[File-a]\n')
    const file = join(world.directory, 'plain.grd')
    writeFileSync(file, lines)
    expect(verdict(signed(['-outform', 'DER'], file), lines)).toContain('sign with -binary')
    expect(verdict(signed(['-binary', '-outform', 'DER'], file), lines)).not.toMatch(/^TRUST/)
    const other = Buffer.from('[GuardHeader]\n[File-b]\n')
    expect(verdict(signed(['-outform', 'DER'], file), other)).not.toContain('-binary')
  })

  const keys = (name: string, key: readonly string[]) => {
    const [certificate, file] = [join(world.directory, `${name}.pem`), join(world.directory, `${name}.key`)]
    const config = join(world.ec.directory, 'openssl.cnf')
    openssl([
      ...['req', '-config', config, '-x509', '-nodes', ...key, '-subj', `/CN=${name}`],
      ...['-keyout', file, '-out', certificate, '-addext', 'basicConstraints=critical,CA:TRUE'],
    ])
    return { certificate, key: file, chain: null, root: true }
  }

  it('a key of another kind is named: brainpool', () => {
    const by = keys('brainpool', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:brainpoolP256r1'])
    const text = verdict(signed(['-binary', '-outform', 'DER'], guard, by), content, by.certificate)
    expect(text).toMatch(/^TRUST_ALGORITHM .*brainpoolP256r1.*P-256, P-384 or P-521$/)
  })

  it('a root with a key of another kind is named: Ed25519', () => {
    // openssl 3.0 signs no CMS with such a key, but certificates.
    const root = keys('Ed25519', ['-newkey', 'ed25519'])
    const by = world.ec.issue('below-ed25519', { extensions: signerExtensions }, root)
    const text = verdict(world.ec.sign(content, {}, by), content, root.certificate)
    expect(text).toMatch(/^TRUST_ALGORITHM .*Ed25519.*P-256, P-384 or P-521$/)
    expect(text).not.toContain('SHA-256 or better')
  })

  it('a critical extension that is not judged is named', () => {
    const extensions = [...signerExtensions, 'policyConstraints=critical,requireExplicitPolicy:0']
    const by = world.rsa.issue('constrained', { extensions })
    expect(verdict(world.rsa.sign(content, {}, by))).toContain('policyConstraints (2.5.29.36)')
  })
})
