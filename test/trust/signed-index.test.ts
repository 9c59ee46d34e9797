import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAnchors } from '../../src/trust/anchors.ts'
import type { Trust } from '../../src/trust/authentic.ts'
import { authenticateIndex } from '../../src/trust/signed-index.ts'
import { type Authority, makeAuthority } from '../support/authority.ts'
import { type GuardOptions, guardText } from '../support/definition-set.ts'

let directory: string
let authority: Authority
let trust: Trust

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'defs-index-'))
  authority = makeAuthority(directory)
  trust = {
    anchors: readAnchors([{ text: authority.rootPem, path: authority.rootPath }]),
    now: new Date(),
    policy: { expired: 'accept', allowSha1: false, allowFuture: false },
  }
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

const tri = Buffer.from('[LiveUpdate]\r\n')
const beside = Buffer.from('the package beside the index')

const digest = (algorithm: string, bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex')

/** An index; what the guard says of the file `weak` is its SHA-1 alone. */
function makeIndex(options: GuardOptions = {}, weak: string | null = null): Map<string, Buffer> {
  const guarded = new Map([
    ['liveupdt.tri', tri],
    ['Package.zip', beside],
  ])
  const sections = guardText(guarded, options).split(/^(?=\[)/m)
  const isWeak = (section: string) => weak !== null && section.toLowerCase().startsWith(`[file-${weak}]`)
  const guard = Buffer.from(
    sections.map((one) => (isWeak(one) ? one.replace(/^SHA256=.*\r?\n/m, '') : one)).join(''),
  )
  return new Map([
    ['LIVEUPDT.TRI', tri],
    ['v.grd', guard],
    ['V.SIG', authority.sign(guard)],
  ])
}

describe('authenticateIndex', () => {
  it('gives the members, and what the guard says of files beside the archive', () => {
    const index = authenticateIndex(makeIndex(), trust)
    expect([...index.files]).toEqual([['liveupdt.tri', tri]])
    expect(index.guarded.get('package.zip')).toEqual({
      sha256: createHash('sha256').update(beside).digest('hex'),
      sha1: createHash('sha1').update(beside).digest('hex'),
    })
    expect(index.signedBy).toBe('authority-signer')
  })

  it.each([
    ['no guard', 'TRUST_GUARD_MISSING', (files: Map<string, Buffer>) => files.delete('v.grd')],
    ['no signature', 'TRUST_SIGNATURE_MISSING', (files: Map<string, Buffer>) => files.delete('V.SIG')],
    [
      'another guard',
      'TRUST_SIGNATURE',
      (files: Map<string, Buffer>) => files.set('v.grd', Buffer.from('x')),
    ],
    ['a changed member', 'TRUST_DIGEST', (files: Map<string, Buffer>) => files.set('LIVEUPDT.TRI', beside)],
    ['a member too many', 'TRUST_FILE_UNLISTED', (files: Map<string, Buffer>) => files.set('more', tri)],
    ['a member twice', 'TRUST_FILE_UNLISTED', (files: Map<string, Buffer>) => files.set('liveupdt.tri', tri)],
    [
      'a member twice, neither in lower case',
      'TRUST_FILE_UNLISTED',
      (files: Map<string, Buffer>) => files.set('LiveUpdt.tri', tri),
    ],
  ])('refuses %s', (_, code, change) => {
    const files = makeIndex()
    change(files)
    expect(() => authenticateIndex(files, trust)).toThrowError(expect.objectContaining({ code }))
  })

  it.each([
    ['a member', 'liveupdt.tri'],
    ['a file beside the archive', 'package.zip'],
  ])('refuses SHA-1 alone for %s, unless that is allowed', (_, weak) => {
    const index = makeIndex({}, weak)
    expect(() => authenticateIndex(index, trust)).toThrowError(
      expect.objectContaining({ code: 'TRUST_SHA1_ONLY', facts: expect.objectContaining({ path: weak }) }),
    )
    const allowed = { ...trust, policy: { ...trust.policy, allowSha1: true } }
    const { sha1, sha256 } = { sha1: digest('sha1', beside), sha256: digest('sha256', beside) }
    expect(authenticateIndex(index, allowed).guarded.get('package.zip')).toEqual(
      weak === 'package.zip' ? { sha1 } : { sha1, sha256 },
    )
  })
})
