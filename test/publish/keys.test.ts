import { readdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openssl } from '../support/authority.ts'
import { openWorks, type Works } from './works.ts'

let works: Works
afterEach(() => works.close())

const offline = () => readdirSync(join(works.keys, 'offline')).filter((name) => name.startsWith('root-'))

describe('keys init', () => {
  it('writes every private key encrypted, for its owner alone', async () => {
    works = await openWorks('--root-keys', '3', '--threshold', '2')
    const files = ['offline', 'online', 'guard'].flatMap((folder) =>
      readdirSync(join(works.keys, folder)).map((name) => join(works.keys, folder, name)),
    )
    const keys = files.filter((path) => readFileSync(path, 'utf8').includes('PRIVATE KEY'))
    expect(keys).toHaveLength(3 + 1 + 3 + 1)
    for (const path of keys) {
      expect(readFileSync(path, 'utf8')).toContain('BEGIN ENCRYPTED PRIVATE KEY')
      expect(statSync(path).mode & 0o777).toBe(0o600)
    }
    // openssl opens them with the same passphrase and with no other.
    const [one = ''] = keys
    expect(openssl(['pkey', '-in', one, '-passin', 'pass:correct horse', '-noout'])).toHaveLength(0)
    expect(() => openssl(['pkey', '-in', one, '-passin', 'pass:wrong horse', '-noout'])).toThrow()
  })

  it.each(['p256', 'p384', 'rsa'])('makes a guard authority that openssl accepts (%s)', async (kind) => {
    works = await openWorks('--guard-type', kind)
    const root = join(works.keys, 'trust', 'guard-root.pem')
    const signer = join(works.keys, 'guard', 'signer.pem')
    expect(openssl(['verify', '-x509_strict', '-CAfile', root, signer]).toString()).toContain('OK')
    expect(await works.own('20261120.001')).toMatchObject({ exitCode: 0, changed: true })
    expect(await works.client('update')).toMatchObject({ exitCode: 0, current: '20261120.001' })
  })

  it('never replaces keys that are there', async () => {
    works = await openWorks()
    expect(await works.defs('keys', 'init')).toMatchObject({ exitCode: 2, error: { code: 'KEYS_PRESENT' } })
  })

  it('wants a passphrase, and goes without only when told', async () => {
    works = await openWorks()
    const config = works.bench.put('other.yaml', `store: { root: '${join(works.root, 'other')}' }`)
    const init = ['keys', 'init', '--json', '--config', config]
    expect((await works.bench.run(init)).json).toMatchObject({ error: { code: 'KEYS_LOCKED' } })
    expect((await works.bench.run([...init, '--unencrypted'])).json).toMatchObject({ encrypted: false })
  })

  it('refuses a threshold that cannot be reached', async () => {
    works = await openWorks()
    const run = await works.defs('keys', 'init', '--to', join(works.root, 'more'), '--threshold', '2')
    expect(run).toMatchObject({ exitCode: 2, error: { code: 'USAGE_ARGUMENT' } })
  })
})

describe('keys rotate', () => {
  it('wants as many of the offline keys as must sign, and no more', async () => {
    works = await openWorks('--root-keys', '3', '--threshold', '2')
    const [first = '', second = ''] = offline()
    const away = (name: string) => renameSync(join(works.keys, 'offline', name), join(works.root, name))
    away(first)
    expect(await works.defs('keys', 'rotate', 'snapshot')).toMatchObject({ exitCode: 0, rootVersion: 2 })
    away(second)
    expect(await works.defs('keys', 'rotate', 'snapshot')).toMatchObject({ error: { code: 'KEYS_MISSING' } })
    expect(await works.defs('keys', 'show')).toMatchObject({ rootVersion: 2, threshold: 2 })
  })

  it('does not need the root keys for publishing', async () => {
    works = await openWorks()
    renameSync(join(works.keys, 'offline'), join(works.root, 'in-a-safe'))
    expect(await works.own('20261120.001')).toMatchObject({ exitCode: 0, changed: true })
    const { keys } = await works.defs('keys', 'show')
    const there = keys
      .filter((key: { present: boolean }) => key.present)
      .map((key: { role: string }) => key.role)
    expect(there).toEqual(['targets', 'snapshot', 'timestamp', 'guard'])
  })

  it('opens nothing with a wrong passphrase', async () => {
    works = await openWorks()
    const file = works.bench.put('secret', 'another horse\n')
    const config = works.bench.put(
      'wrong.yaml',
      `store: { root: '${works.root}/p' }\npublish: { root: '${works.tree}', keys: '${works.keys}', passphraseFile: '${file}' }`,
    )
    const run = await works.bench.run(['publish', '--renew', '--json', '--config', config])
    expect(run.json).toMatchObject({ exitCode: 2, error: { code: 'KEYS_LOCKED' } })
    expect(run.stderr + run.stdout).not.toContain('another horse')
  })
})
