import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificateFacts } from '../../src/watch/certificate-facts.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-facts-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let made = 0
function makeCertificate(subject: string, more: readonly string[] = []): string {
  const file = join(folder, `${++made}.pem`)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${file}.key`]
  const argv = ['req', '-x509', '-utf8', ...key, '-subj', subject, '-out', file, '-days', '30', ...more]
  execFileSync('openssl', argv, { stdio: 'ignore' })
  return readFileSync(file, 'utf8')
}

/** What Node's OpenSSL says of the same. */
function byNode(pem: string) {
  const { subject, validFrom, validTo } = new X509Certificate(pem)
  return { subject: subject.split('\n').join(', '), starts: new Date(validFrom), ends: new Date(validTo) }
}

describe('what a certificate says of itself', () => {
  it.each([
    ['a plain name', '/CN=server'],
    ['all the usual parts', '/C=DE/ST=Bavaria/L=Munich/O=Example GmbH (Test)/OU=IT/CN=defs.example.org'],
    ['letters of other countries', '/O=Zürich Größe/CN=server'],
    ['what has to be escaped', '/O=One, Two + "Three" \\/ <Four>/CN=#five'],
    ['an address of mail', '/CN=server/emailAddress=root@example.org'],
    ['two names in one part', '/CN=server+OU=twice'],
    ['spaces around', '/O= one /CN=server'],
    ['a long chain of units', `/OU=${'a'.repeat(60)}/OU=${'b'.repeat(60)}/OU=${'c'.repeat(60)}/CN=x`],
  ])('is told as OpenSSL tells it: %s', (_, subject) => {
    const pem = makeCertificate(subject)
    expect(certificateFacts(pem)).toEqual(byNode(pem))
  })

  it.each([
    ['past 2049', ['-days', '20000']],
    ['of the first version', ['-x509v1']],
  ])('is told as OpenSSL tells it: %s', (_, more) => {
    let pem: string
    try {
      pem = makeCertificate('/CN=server', more)
    } catch {
      // Older openssl cannot make the first version.
      expect(more).toEqual(['-x509v1'])
      return
    }
    expect(certificateFacts(pem)).toEqual(byNode(pem))
  })

  it('is an error for what is none, cut anywhere or changed in its lengths', () => {
    const pem = makeCertificate('/CN=server')
    const der = new X509Certificate(pem).raw
    const wrap = (bytes: Buffer) =>
      `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64')}\n-----END CERTIFICATE-----\n`
    for (let length = 0; length < der.length; length += 1) {
      expect(() => certificateFacts(wrap(der.subarray(0, length)))).toThrow()
    }
    for (let at = 0; at < 200; at += 1) {
      const changed = Buffer.from(der)
      changed[at] = (changed[at] ?? 0) ^ 0x81
      const told = (() => {
        try {
          return certificateFacts(wrap(changed))
        } catch {
          return null
        }
      })()
      // Whatever comes of it, no other dates than those that stand there, and no crash.
      if (told !== null) expect(told.subject.length).toBeGreaterThan(0)
    }
  })

  it('is told as OpenSSL tells it: the root of the fixtures', () => {
    const root = readFileSync(join(import.meta.dirname, '../../fixtures/trust/root.pem'), 'utf8')
    expect(certificateFacts(root)).toEqual(byNode(root))
  })
})
