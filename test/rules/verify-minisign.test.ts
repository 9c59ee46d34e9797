import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DefsError } from '../../src/error.ts'
import { readMinisignKeys, verifyMinisign } from '../../src/rules/minisign.ts'
import { makeMinisignPair, minisign } from '../support/minisign.ts'

const pair = makeMinisignPair()
const other = makeMinisignPair()
const content = Buffer.from('alert tcp any any -> any any (msg:"x"; sid:1;)\n'.repeat(50))
const keys = readMinisignKeys(`untrusted comment: of a test\n${pair.publicKey}\n`, 'test.pub')

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof DefsError) return error.code
    throw error
  }
  return 'accepted'
}
const judged = (signature: Uint8Array, over: Uint8Array = content, by = keys) =>
  codeOf(() => verifyMinisign(over, signature, by))
/** Replaces one of the four lines. */
function withLine(signature: Buffer, line: number, change: (text: string) => string): Buffer {
  const lines = signature.toString().split('\n')
  lines[line] = change(lines[line] ?? '')
  return Buffer.from(lines.join('\n'))
}
/** Flips a bit of the bytes that a line of base64 stands for. */
const flip = (at: number) => (text: string) => {
  const bytes = Buffer.from(text, 'base64')
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return bytes.toString('base64')
}

describe('a signature of minisign', () => {
  it.each([false, true])('is accepted over its content, the older form: %s', (legacy) => {
    const proof = verifyMinisign(content, minisign(content, pair, { legacy }), keys)
    expect(proof.signedAt).toBe(1_795_240_800)
    expect(proof.signer).toMatchObject({
      name: `minisign key ${Buffer.from(pair.id).reverse().toString('hex').toUpperCase()}`,
      method: legacy ? 'minisign ed25519' : 'minisign ed25519-blake2b512',
    })
    expect(proof.signer.fingerprint).toBe(keys[0]?.fingerprint)
  })

  it('is accepted with line ends of Windows, and without the last one', () => {
    const signature = minisign(content, pair).toString()
    expect(judged(Buffer.from(signature.replaceAll('\n', '\r\n')))).toBe('accepted')
    expect(judged(Buffer.from(signature.trimEnd()))).toBe('accepted')
  })

  it('is refused when any bit of it, of its comment or of the content is another', () => {
    const signature = minisign(content, pair)
    const refused = new Map([
      ['content', judged(signature, Buffer.concat([content, Buffer.from('\n')]))],
      ...[10, 41, 42, 73].map((at) => [`signature ${at}`, judged(withLine(signature, 1, flip(at)))] as const),
      ...[0, 63].map((at) => [`global ${at}`, judged(withLine(signature, 3, flip(at)))] as const),
      ['comment', judged(withLine(signature, 2, (text) => text.replace('1795240800', '1795240801')))],
      ['blank', judged(withLine(signature, 2, (text) => `${text} `))],
    ])
    expect(Object.fromEntries(refused)).toEqual(
      Object.fromEntries([...refused.keys()].map((name) => [name, 'TRUST_SIGNATURE'])),
    )
  })

  it('counts for the key that is pinned, not for the one it names', () => {
    const signature = minisign(content, other)
    expect(judged(signature)).toBe('TRUST_CHAIN')
    const pretender = minisign(content, { ...other, id: pair.id })
    expect(judged(pretender)).toBe('TRUST_SIGNATURE')
    const both = readMinisignKeys(`${pair.publicKey}\n${other.publicKey}\n`, 'test.pub')
    expect([judged(signature, content, both), judged(minisign(content, pair), content, both)]).toEqual([
      'accepted',
      'accepted',
    ])
  })

  it('is not lent from one algorithm to the other', () => {
    const renamed = (from: Buffer, name: string) =>
      withLine(from, 1, (text) => {
        const bytes = Buffer.from(text, 'base64')
        bytes.write(name, 'latin1')
        return bytes.toString('base64')
      })
    expect(judged(renamed(minisign(content, pair), 'Ed'))).toBe('TRUST_SIGNATURE')
    expect(judged(renamed(minisign(content, pair, { legacy: true }), 'ED'))).toBe('TRUST_SIGNATURE')
    expect(judged(renamed(minisign(content, pair), 'EX'))).toBe('TRUST_ALGORITHM')
  })

  it('is refused in any other shape', () => {
    const signature = minisign(content, pair)
    const text = signature.toString()
    const shapes = [
      '',
      'nonsense',
      `${text}${text}`,
      `\n${text}`,
      text.split('\n').slice(0, 2).join('\n'),
      text.replace('untrusted comment: ', 'comment: '),
      text.replace('trusted comment: timestamp', 'timestamp'),
      withLine(signature, 1, (line) => `${line} `).toString(),
      withLine(signature, 1, (line) => line.slice(4)).toString(),
      withLine(signature, 3, (line) => line.slice(4)).toString(),
      withLine(signature, 3, (line) => line.replaceAll('=', '')).toString(),
    ]
    expect(shapes.map((shape) => judged(Buffer.from(shape)))).toEqual(shapes.map(() => 'TRUST_SIGNATURE'))
    expect(judged(Buffer.concat([signature, Buffer.from([0xff])]))).toBe('TRUST_SIGNATURE')
  })

  it.each([
    ['file:pack', null],
    ['timestamp:12\ttimestamp:13', null],
    ['mytimestamp:12', null],
    ['file:pack timestamp:12', 12],
    ['timestamp:-12', null],
  ])('takes its time from the trusted comment: %s', (comment, time) => {
    expect(verifyMinisign(content, minisign(content, pair, { comment }), keys).signedAt).toBe(time)
  })
})

describe('public keys', () => {
  it.each([
    ['', 'TRUST_ANCHORS'],
    ['untrusted comment: nothing else\n', 'TRUST_ANCHORS'],
    [pair.publicKey.slice(0, -4), 'TRUST_ANCHORS'],
    [`${pair.publicKey}\n-----BEGIN CERTIFICATE-----`, 'TRUST_ANCHORS'],
    [Buffer.concat([Buffer.from('ED'), Buffer.alloc(40)]).toString('base64'), 'TRUST_ANCHORS'],
    [pair.publicKey, 'accepted'],
  ])('of the text %j', (text, code) => {
    expect(codeOf(() => readMinisignKeys(text, 'test.pub'))).toBe(code)
  })
})

const genuine = spawnSync('minisign', ['-v']).error === undefined

describe.skipIf(!genuine)('the genuine minisign', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'defs-minisign-'))
    writeFileSync(join(folder, 'pack'), content)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const run = (...args: string[]) => execFileSync('minisign', args, { cwd: folder, stdio: 'pipe' }).toString()

  it.each([[[]], [['-l']]])('makes what we accept: %j', (options) => {
    run('-G', '-W', '-p', 'key.pub', '-s', 'key.sec')
    run('-S', '-s', 'key.sec', '-m', 'pack', ...options)
    const pinned = readMinisignKeys(readFileSync(join(folder, 'key.pub'), 'utf8'), 'key.pub')
    const proof = verifyMinisign(content, readFileSync(join(folder, 'pack.minisig')), pinned)
    expect(Math.abs((proof.signedAt ?? 0) - Date.now() / 1000)).toBeLessThan(3600)
    // It leaves leading zeros out.
    expect(readFileSync(join(folder, 'key.pub'), 'utf8')).toContain(
      proof.signer.name.split(' ').at(-1)?.replace(/^0+/, ''),
    )
    expect(proof.signer.method).toBe(options.length > 0 ? 'minisign ed25519' : 'minisign ed25519-blake2b512')
  })

  it.each([false, true])('accepts what our tests make, the older form: %s', (legacy) => {
    writeFileSync(join(folder, 'pack.minisig'), minisign(content, pair, { legacy }))
    expect(run('-V', '-P', pair.publicKey, '-m', 'pack')).toContain('timestamp:1795240800')
    writeFileSync(join(folder, 'pack'), 'changed')
    expect(() => run('-V', '-P', pair.publicKey, '-m', 'pack')).toThrow()
  })
})
