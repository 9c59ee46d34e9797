import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { limits } from '../../src/limits.ts'
import { openssl } from '../support/authority.ts'
import { indexName, openWorks, type Works } from './works.ts'

const [first, second, third] = ['20261119.001', '20261120.001', '20261121.001'] as const

let works: Works
beforeEach(async () => {
  works = await openWorks()
  await works.own(first)
  expect(await update()).toMatchObject({ exitCode: 0, current: first })
})
afterEach(() => works.close())

const update = () => works.client('update')
const pinned = () => join(works.root, 'pinned', 'guard-root.pem')
const rootKey = () => join(works.keys, 'offline', 'guard-root.pem')
const rootsIn = (path: string) => readFileSync(path, 'utf8').split('BEGIN CERTIFICATE').length - 1

async function rotate(times: number): Promise<void> {
  for (let time = 0; time < times; time++)
    expect(await works.defs('keys', 'rotate', 'guard-root')).toMatchObject({ exitCode: 0 })
}

/** What openssl says of the published index, with certificates of ours alone. */
function verify(anchors: string): void {
  const work = join(works.root, 'look')
  mkdirSync(work, { recursive: true })
  execFileSync('unzip', ['-oq', join(works.tree, 'production', indexName), '-d', work])
  const guard = ['-content', join(work, 'v.grd'), '-CAfile', anchors, '-purpose', 'any']
  openssl(['cms', '-verify', '-inform', 'DER', '-binary', '-in', join(work, 'v.sig'), ...guard])
}

describe('a new guard root', () => {
  it.each([false, true])('is followed by a client that slept through three (TUF: %s)', async (tuf) => {
    works.tuf = tuf
    await rotate(3)
    // What is published already stays good for it as well.
    expect(await update()).toMatchObject({ exitCode: 0, changed: false })
    await works.own(second)
    expect(await update()).toMatchObject({ exitCode: 0, current: second, changed: true })
    expect(await works.client('verify')).toMatchObject({ exitCode: 0 })
    verify(pinned())
    // A new signer below it, and one more root: still the same chain.
    await works.defs('keys', 'rotate', 'guard')
    await rotate(1)
    await works.own(third)
    expect(await update()).toMatchObject({ exitCode: 0, current: third })
    verify(pinned())
    verify(join(works.keys, 'trust', 'guard-root.pem'))
  })

  it('is enough for new clients, for older sets too', async () => {
    await rotate(1)
    expect(rootsIn(join(works.keys, 'trust', 'guard-root.pem'))).toBe(2)
    cpSync(join(works.keys, 'trust', 'guard-root.pem'), pinned())
    renameSync(works.store, join(works.root, 'elsewhere'))
    // Signed below the first root, when there was no other.
    expect(await update()).toMatchObject({ exitCode: 0, current: first })
    await works.own(second)
    expect(await update()).toMatchObject({ exitCode: 0, current: second })
  })

  it('is led to from a bounded number of older ones', async () => {
    await rotate(limits.guardRoots)
    await works.own(second)
    expect(await update()).toMatchObject({ exitCode: 0, current: second })
    await rotate(1)
    await works.own(third)
    expect(await update()).toMatchObject({ exitCode: 5, error: { code: 'TRUST_CHAIN' } })
    expect(rootsIn(join(works.keys, 'trust', 'guard-root.pem'))).toBe(limits.guardRoots + 1)
    // Given the new file, it goes on.
    cpSync(join(works.keys, 'trust', 'guard-root.pem'), pinned())
    expect(await update()).toMatchObject({ exitCode: 0, current: third })
  })

  it('signs nothing that the old key alone is behind, once clients pin the new file without it', async () => {
    const old = readFileSync(join(works.keys, 'guard', 'signer.pem'))
    await rotate(1)
    const [newest = ''] = readFileSync(join(works.keys, 'trust', 'guard-root.pem'), 'utf8').split(
      /(?<=END CERTIFICATE-----\n)/,
    )
    writeFileSync(pinned(), newest)
    writeFileSync(join(works.keys, 'guard', 'signer.pem'), old)
    renameSync(works.store, join(works.root, 'elsewhere'))
    await works.own(second)
    expect(await update()).toMatchObject({ exitCode: 5, error: { code: 'TRUST_CHAIN' } })
  })

  it('wants the key of the old one, which may be kept away', async () => {
    renameSync(rootKey(), join(works.root, 'in-a-safe'))
    const run = await works.defs('keys', 'rotate', 'guard-root')
    expect(run).toMatchObject({ error: { code: 'KEYS_MISSING' } })
    expect(readdirSync(join(works.keys, 'offline')).filter((name) => name.endsWith('.next'))).toEqual([])
  })

  it('leaves keys that work when it was cut short before its last step', async () => {
    const key = readFileSync(rootKey())
    await rotate(1)
    renameSync(rootKey(), `${rootKey()}.next`)
    writeFileSync(rootKey(), key)
    expect(await works.defs('keys', 'rotate', 'guard')).toMatchObject({ exitCode: 0 })
    await works.own(second)
    expect(await update()).toMatchObject({ exitCode: 0, current: second })
    await rotate(1)
    await works.own(third)
    expect(await update()).toMatchObject({ exitCode: 0, current: third })
  })
})
