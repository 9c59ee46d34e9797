import { sign, verify } from 'node:crypto'
import { createUser, fromPublic, fromSeed } from '@nats-io/nkeys'
import { describe, expect, it } from 'vitest'
import { keyOfNkey, keyOfSeed, makeHostKey, publicNkey, seedOf } from '../../src/bus/nkey.ts'

const text = Buffer.from('what a host says of itself')

describe('the key of a host as NATS writes keys', () => {
  it('is read by the official library, which verifies what it signed', () => {
    const key = makeHostKey()
    const nkey = publicNkey(key)
    expect(nkey).toMatch(/^U[A-Z2-7]{55}$/)
    expect(fromPublic(nkey).verify(text, sign(null, text, key))).toBe(true)
    expect(fromSeed(Buffer.from(seedOf(key))).getPublicKey()).toBe(nkey)
  })

  it('reads keys and seeds of the official library', () => {
    const user = createUser()
    const key = keyOfNkey(user.getPublicKey())
    expect(key && verify(null, text, key, user.sign(text))).toBe(true)
    const own = keyOfSeed(Buffer.from(user.getSeed()).toString())
    expect(own && publicNkey(own)).toBe(user.getPublicKey())
  })

  it('takes nothing else for a key', () => {
    const nkey = publicNkey(makeHostKey())
    const other = nkey.endsWith('A') ? 'B' : 'A'
    const wrong = [
      '',
      'U',
      nkey.slice(1),
      `${nkey.slice(0, -1)}${other}`,
      nkey.toLowerCase(),
      `A${nkey.slice(1)}`,
    ]
    expect(wrong.map(keyOfNkey)).toEqual(wrong.map(() => null))
    expect([nkey, 'SUAAA', ''].map(keyOfSeed)).toEqual([null, null, null])
  })
})
