import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAnchors } from '../../src/trust/anchors.ts'
import { makeAuthority, openssl } from '../support/authority.ts'

let directory: string
let one: string
let two: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'defs-anchors-'))
  one = makeAuthority(directory, { name: 'one' }).rootPem
  two = makeAuthority(directory, { name: 'two' }).rootPem
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

const refused = (path?: string) =>
  expect.objectContaining({
    code: 'TRUST_ANCHORS',
    ...(path ? { facts: expect.objectContaining({ path }) } : {}),
  })

describe('readAnchors', () => {
  it('reads several certificates from one file and several files', () => {
    const text = `a comment\n${one}\nanother\n${two.replaceAll('\n', '\r\n')}`
    const anchors = readAnchors([
      { text, path: 'both.pem' },
      { text: one, path: 'one.pem' },
    ])
    expect(anchors.map((anchor) => [anchor.name, anchor.path])).toEqual([
      ['one-root', 'both.pem'],
      ['two-root', 'both.pem'],
      ['one-root', 'one.pem'],
    ])
  })

  it('gives the fingerprint that openssl prints', () => {
    const printed = openssl(['x509', '-noout', '-fingerprint', '-sha256'], Buffer.from(one)).toString()
    const [anchor] = readAnchors([{ text: one, path: 'one.pem' }])
    expect(anchor?.fingerprint).toBe(printed.split('=')[1]?.trim().replaceAll(':', '').toLowerCase())
  })

  it.each([
    ['a key', 'PRIVATE KEY'],
    ['an encrypted key', 'ENCRYPTED PRIVATE KEY'],
    ['a key of openssl', 'EC PRIVATE KEY'],
  ])('refuses %s beside the certificate', (_, kind) => {
    const key = `-----BEGIN ${kind}-----\nAAAA\n-----END ${kind}-----\n`
    for (const text of [`${key}${one}`, `${one}${key}`]) {
      expect(() => readAnchors([{ text, path: 'both.pem' }])).toThrowError(refused('both.pem'))
      expect(() => readAnchors([{ text, path: 'both.pem' }])).toThrowError(/holds a private key/)
    }
  })

  it('refuses to go without any', () => {
    expect(() => readAnchors([])).toThrowError(refused())
  })

  it.each([
    ['no PEM', () => 'hello'],
    ['an empty file', () => ''],
    ['a certificate cut off', () => one.slice(0, one.length / 2)],
    ['a second certificate cut off', () => one + two.slice(0, two.length / 2)],
    ['a block of nonsense', () => one.replace(/\n[\s\S]+\n-----END/, '\naGVsbG8=\n-----END')],
    ['bytes behind the certificate', () => withBytesBehind(one)],
  ])('refuses %s, naming the file', (_, text) => {
    const files = [
      { text: one, path: 'good.pem' },
      { text: text(), path: 'bad.pem' },
    ]
    expect(() => readAnchors(files)).toThrowError(refused('bad.pem'))
  })
})

function withBytesBehind(pem: string): string {
  const der = openssl(['x509', '-outform', 'DER'], Buffer.from(pem))
  const longer = Buffer.concat([der, Buffer.from([5, 0])]).toString('base64')
  return `-----BEGIN CERTIFICATE-----\n${longer}\n-----END CERTIFICATE-----\n`
}
