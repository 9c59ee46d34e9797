import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DefsError } from '../../src/error.ts'
import { limits } from '../../src/limits.ts'
import { parseSetName } from '../../src/set-name.ts'
import { readAnchors } from '../../src/trust/anchors.ts'
import type { Trust, TrustPolicy } from '../../src/trust/authentic.ts'
import { authenticate, examine, proveAhead } from '../../src/trust/authenticate.ts'
import type { Claim } from '../../src/trust/identity.ts'
import { type Authority, makeAuthority } from '../support/authority.ts'
import { asOpened, guardText, makeSet, type SetOptions, sampleFiles } from '../support/definition-set.ts'

const name = parseSetName('20260115.002')
const claim: Claim = { set: name, sequence: null, grade: 'certified' }
const now = new Date(Date.now() + 3_600_000)
const policy: TrustPolicy = { expired: 'accept', allowSha1: false, allowFuture: false }

let directory: string
let authority: Authority
let trust: Trust

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'defs-authenticate-'))
  authority = makeAuthority(directory)
  const anchors = readAnchors([{ text: authority.rootPem, path: authority.rootPath }])
  trust = { anchors, now, policy }
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

type Files = Map<string, Buffer>
const set = (options: Partial<SetOptions> = {}): Files => makeSet({ authority, set: name, ...options })
const codes = (files: Files, as: Claim = claim, by: Trust = trust) =>
  examine(asOpened(files), as, by).problems.map((problem) => [problem.code, problem.file])
const allowing = (more: Partial<TrustPolicy>): Trust => ({ ...trust, policy: { ...policy, ...more } })

/** A set whose guard is written by hand and signed. */
function signed(files: Files, guard: string): Files {
  const bytes = Buffer.from(guard)
  return new Map(files).set('v.grd', bytes).set('v.sig', authority.sign(bytes))
}

describe('a guard that was proved ahead', () => {
  const bytesOf = (files: Files) => {
    const { guard, signature } = asOpened(files)
    if (!guard || !signature) throw new Error('not a set')
    return { guard, signature }
  }

  it('counts for those bytes and that trust', () => {
    const opened = asOpened(set())
    const { guard, signature } = opened
    const ahead = proveAhead(guard ?? new Uint8Array(), signature ?? new Uint8Array(), trust)
    expect(examine(opened, claim, trust, ahead).proved?.signer.name).toBe('authority-signer')
    expect(examine(opened, claim, trust, { ...ahead, signer: null }).proved).toBeNull()
  })

  it('is proved again when other bytes or another trust are judged', () => {
    const good = bytesOf(set())
    const ahead = proveAhead(good.guard, good.signature, trust)
    const forged = asOpened(new Map(set()).set('v.sig', Buffer.from('nobody')))
    expect(examine(forged, claim, trust, ahead).proved).toBeNull()
    const stranger = { ...asOpened(set()), ...good }
    expect(examine(stranger, claim, { ...trust, anchors: [] }, ahead).proved).toBeNull()
  })

  it('is refused as it would be later', () => {
    const opened = asOpened(new Map(set()).set('v.sig', Buffer.from('nobody')))
    const { guard, signature } = opened
    const ahead = proveAhead(guard ?? new Uint8Array(), signature ?? new Uint8Array(), trust)
    const later = examine(opened, claim, trust).problems.map(({ code, file }) => ({ code, file }))
    expect(examine(opened, claim, trust, ahead).problems).toMatchObject(later)
  })
})

describe('authenticate', () => {
  it('proves a whole set', () => {
    const opened = asOpened(set({ sequence: 178940, grade: 'certified' }), 'somewhere')
    const authentic = authenticate(opened, claim, trust)
    expect(authentic).toMatchObject({
      ...opened,
      set: name,
      sequence: { number: 178940, signed: true },
      grade: 'certified',
      verifiedAt: now,
      signer: {
        name: 'authority-signer',
        anchor: 'authority-root',
        method: 'pkcs7 ecdsa-sha256',
        expired: false,
      },
    })
  })

  it('throws the first problem and lists the others', () => {
    const files = set()
    files.delete('TSCAN1.DAT')
    files.set('extra.dat', Buffer.from('x'))
    const failing = () => authenticate(asOpened(files), claim, trust)
    expect(failing).toThrowError(
      expect.objectContaining({
        constructor: DefsError,
        code: 'TRUST_FILE_UNLISTED',
        facts: { path: 'extra.dat', problems: [expect.stringContaining('TRUST_FILE_MISSING')] },
      }),
    )
  })
})

describe('examine: guard and signature', () => {
  it('wants a guard and a signature', () => {
    const bare = sampleFiles()
    expect(codes(bare)).toEqual([['TRUST_GUARD_MISSING', 'v.grd']])
    const unsigned = set()
    unsigned.delete('v.sig')
    expect(codes(unsigned)).toEqual([['TRUST_SIGNATURE_MISSING', 'v.sig']])
  })

  it('takes guard and signature in any case', () => {
    const files = set()
    for (const file of ['v.grd', 'v.sig']) {
      files.set(file.toUpperCase(), files.get(file) ?? Buffer.alloc(0))
      files.delete(file)
    }
    expect(codes(files)).toEqual([])
  })

  it('refuses the signature of another guard', () => {
    const files = set().set('v.sig', set({ set: '20260114.001' }).get('v.sig') ?? Buffer.alloc(0))
    expect(codes(files)).toEqual([['TRUST_SIGNATURE', 'v.sig']])
  })

  it('refuses an empty signature and one beyond its limit', () => {
    expect(codes(set().set('v.sig', Buffer.alloc(0)))).toEqual([['TRUST_SIGNATURE', 'v.sig']])
    const long = Buffer.alloc(limits.signature + 1, 0x30)
    expect(codes(set().set('v.sig', long))).toEqual([['TRUST_SIGNATURE', 'v.sig']])
  })

  it('tells of a signed guard that makes no sense', () => {
    expect(codes(signed(sampleFiles(), 'nonsense'))).toEqual([['TRUST_GUARD_INVALID', 'v.grd']])
  })

  it('lists everything at once', () => {
    const files = set().set('CATALOG.DAT', Buffer.from('changed')).set('new.dat', Buffer.from('new'))
    files.delete('WHATSNEW.TXT')
    files.set('v.sig', Buffer.from('no signature'))
    expect(codes(files, { ...claim, set: parseSetName('20260116.001') })).toEqual([
      ['TRUST_SIGNATURE', 'v.sig'],
      ['TRUST_DIGEST', 'CATALOG.DAT'],
      ['TRUST_FILE_UNLISTED', 'new.dat'],
      ['TRUST_FILE_MISSING', 'whatsnew.txt'],
      ['TRUST_SET_NAME', null],
    ])
  })
})

describe('examine: files', () => {
  it.each([
    ['changed', 'TRUST_DIGEST', (files: Files) => files.set('TSCAN1.DAT', Buffer.from('x'))],
    ['cut to nothing', 'TRUST_DIGEST', (files: Files) => files.set('TSCAN1.DAT', Buffer.alloc(0))],
    ['added in a folder', 'TRUST_FILE_UNLISTED', (files: Files) => files.set('sub/v.grd', Buffer.from('x'))],
    [
      'there in two cases',
      'TRUST_FILE_UNLISTED',
      (files: Files) => files.set('tscan1.dat', Buffer.from('x')),
    ],
    ['a guard in two cases', 'TRUST_FILE_UNLISTED', (files: Files) => files.set('V.GRD', Buffer.from('x'))],
  ])('refuses a file %s', (_, code, change) => {
    expect(codes(change(set()))).toContainEqual([code, expect.any(String)])
  })

  it('does not take a Kelvin sign for the letter k', () => {
    const files = makeSet({ authority, set: name, files: { 'k.dat': 'x' } })
    const moved: Files = new Map([...files].map(([file, bytes]) => [file.replace('k', '\u212A'), bytes]))
    expect(codes(moved).map(([code]) => code)).toEqual(['TRUST_FILE_UNLISTED', 'TRUST_FILE_MISSING'])
  })

  it('leaves zdone.dat apart, unless the guard names it', () => {
    expect(codes(set().set('ZDONE.DAT', Buffer.from('anything')))).toEqual([])
    const named = set({ files: { 'a.dat': 'a', 'zdone.dat': 'done' } })
    expect(codes(named)).toEqual([])
    expect(codes(named.set('zdone.dat', Buffer.from('other')))).toEqual([['TRUST_DIGEST', 'zdone.dat']])
  })

  it('refuses SHA-1 alone unless that is allowed', () => {
    const weak = set({ digests: 'sha1', files: { 'a.dat': 'a' } })
    expect(codes(weak)).toEqual([['TRUST_SHA1_ONLY', 'a.dat']])
    expect(codes(weak, claim, allowing({ allowSha1: true }))).toEqual([])
    const changed = weak.set('a.dat', Buffer.from('b'))
    expect(codes(changed, claim, allowing({ allowSha1: true }))).toEqual([['TRUST_DIGEST', 'a.dat']])
  })

  it('takes SHA-256 alone', () => {
    expect(codes(set({ digests: 'sha256' }))).toEqual([])
  })

  it('proves nothing by a SHA-1 that nobody computed', () => {
    const opened = asOpened(set({ digests: 'sha1', files: { 'a.dat': 'a' } }))
    const files = opened.files.map((file) => ({ ...file, sha1: null }))
    const { proved } = examine({ ...opened, files }, claim, allowing({ allowSha1: true }))
    expect(proved).toBeNull()
  })

  it('refuses a file whose SHA-256 fits and whose SHA-1 does not', () => {
    const files = sampleFiles()
    const guard = guardText(files, { set: name })
      .replace(/SHA1=./, 'SHA1=g')
      .replace('SHA1=g', 'SHA1=')
    const sha1 = /SHA1=([0-9a-f]+)/.exec(guard)?.[1] ?? ''
    const wrong = guard.replace(`SHA1=${sha1}`, `SHA1=${'0'.repeat(40)}`)
    expect(codes(signed(files, wrong))).toEqual([['TRUST_DIGEST', 'CATALOG.DAT']])
  })
})

describe('examine: which set it is', () => {
  const identity = (options: Partial<SetOptions>, as: Partial<Claim>, by: Trust = trust) => {
    const verdict = examine(asOpened(set(options)), { ...claim, ...as }, by)
    const { set: proved, sequence, grade } = verdict.proved ?? { set: null, sequence: null, grade: null }
    return { codes: verdict.problems.map((problem) => problem.code), set: proved, sequence, grade }
  }
  const number = (value: number, isSigned: boolean) => ({ number: value, signed: isSigned })

  it('takes the name from either side, and refuses two that differ', () => {
    expect(identity({}, { set: null })).toMatchObject({ codes: [], set: name })
    expect(identity({ set: null }, {})).toMatchObject({ codes: [], set: name })
    expect(identity({ set: '20260114.001' }, {}).codes).toEqual(['TRUST_SET_NAME'])
    expect(identity({ set: null }, { set: null }).codes).toEqual(['TRUST_SET_NAME'])
  })

  it('takes the number from either side, the signed one first, and refuses two that differ', () => {
    expect(identity({ sequence: 7 }, {}).sequence).toEqual(number(7, true))
    expect(identity({ sequence: 7 }, { sequence: number(7, false) }).sequence).toEqual(number(7, true))
    expect(identity({}, { sequence: number(7, false) }).sequence).toEqual(number(7, false))
    expect(identity({ sequence: 7 }, { sequence: number(8, false) }).codes).toEqual(['TRUST_SET_NAME'])
    expect(identity({ sequence: 7 }, { sequence: number(8, true) }).codes).toEqual(['TRUST_SET_NAME'])
  })

  it('believes the grade of the guard, and refuses rapid sold as certified', () => {
    expect(identity({ grade: 'certified' }, { grade: 'rapid' })).toMatchObject({
      codes: [],
      grade: 'certified',
    })
    expect(identity({ grade: 'rapid' }, { grade: 'rapid' })).toMatchObject({ codes: [], grade: 'rapid' })
    expect(identity({}, { grade: 'rapid' })).toMatchObject({ codes: [], grade: 'rapid' })
    expect(identity({ grade: 'rapid' }, { grade: 'certified' }).codes).toEqual(['TRUST_SET_NAME'])
  })

  it('refuses a date ahead of the clock, up to the bound and by one moment', () => {
    const midnight = Date.UTC(2026, 0, 15)
    const at = (time: number, more: Partial<TrustPolicy> = {}) => ({ ...allowing(more), now: new Date(time) })
    expect(identity({}, {}, at(midnight - limits.future)).codes).toEqual([])
    expect(identity({}, {}, at(midnight - limits.future - 1)).codes).toEqual(['TRUST_FUTURE'])
    expect(identity({}, {}, at(midnight - limits.future - 1, { allowFuture: true })).codes).toEqual([])
  })
})
