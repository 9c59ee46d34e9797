import { cpSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { indexName, openWorks, overwrite, passphrase, type Works } from './works.ts'

let works: Works
beforeEach(async () => {
  works = await openWorks('--root-keys', '2', '--threshold', '2')
  works.tuf = true
  await works.own(first)
})
afterEach(() => works.close())

const [first, second, third] = ['20261119.001', '20261120.001', '20261121.001'] as const
const update = () => works.client('update')
const metadata = (name: string) => join(works.tree, 'metadata', name)
const refused = (code: string, exitCode = 5) => ({ exitCode, error: { code } })

/** The tree as it is now, for later. */
function keep(name: string): string {
  const copy = join(works.root, name)
  cpSync(works.tree, copy, { recursive: true })
  return copy
}

describe('a client with a pinned root', () => {
  it('follows an honest server', async () => {
    expect(await update()).toMatchObject({ exitCode: 0, current: first })
    await works.own(second)
    expect(await update()).toMatchObject({ exitCode: 0, current: second })
    expect(await update()).toMatchObject({ exitCode: 0, changed: false })
  })

  it('refuses a server that goes back', async () => {
    const before = keep('before')
    await works.own(second)
    await update()
    works.host = before
    expect(await update()).toMatchObject(refused('TRUST_ROLLBACK'))
    expect(works.live()).toBe(second)
  })

  it('tells a frozen server from one without news', async () => {
    await update()
    works.now = new Date(Date.now() + 8 * 86_400_000)
    expect(await update()).toMatchObject(refused('TRUST_FROZEN'))
    const { sources } = await works.client('status')
    expect(sources).toMatchObject([{ name: 'internal', health: 'frozen' }])
    // Signed anew, it is good again.
    await works.defs('publish', '--renew')
    expect(await update()).toMatchObject({ exitCode: 0, changed: false })
  })

  it('believes nothing past the end of the root, of which the publisher is told in time', async () => {
    const renewAfter = async (days: number) => {
      const now = new Date(Date.now() + days * 86_400_000)
      works.now = now
      const line = ['publish', '--renew', '--config', join(works.root, 'publisher.yaml')]
      return works.bench.run(line, { env: { DEFS_KEYS_PASSPHRASE: passphrase }, now: () => now })
    }
    const certificates = async (): Promise<{ use: string }[]> => (await works.defs('status')).certificates
    const root = async () => (await certificates()).filter(({ use }) => use === 'root')
    expect(await renewAfter(330)).toMatchObject({ code: 0, stderr: '' })
    expect(await root()).toMatchObject([{ use: 'root', subject: 'TUF root 1', state: 'valid' }])
    expect(await renewAfter(340)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/root .* ends on /),
    })
    expect(await root()).toMatchObject([{ use: 'root', path: metadata('root.json'), state: 'ending' }])
    expect(await update()).toMatchObject({ exitCode: 0 })
    expect(await renewAfter(366)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/root .* ended on /),
    })
    expect(await root()).toMatchObject([{ use: 'root', state: 'ended' }])
    expect(await update()).toMatchObject(refused('TRUST_FROZEN'))
    expect(await works.defs('keys', 'rotate', 'root')).toMatchObject({ exitCode: 0, rootVersion: 2 })
    expect(await renewAfter(366)).toMatchObject({ code: 0, stderr: '' })
    expect(await update()).toMatchObject({ exitCode: 0 })
    // Three years, from the day before.
    expect((await renewAfter(1063)).stderr).not.toContain('guards')
    expect(await renewAfter(1066)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/guards ends on /),
    })
    const guard = (await certificates()).filter(({ use }) => use === 'guard')
    expect(guard).toMatchObject([{ path: join(works.root, 'keys', 'guard', 'signer.pem'), state: 'ending' }])
  }, 60_000)

  it('refuses an index of another release, validly signed as it is', async () => {
    const index = readFileSync(join(works.tree, 'production', indexName))
    await works.own(second)
    for (const name of readdirSync(join(works.tree, 'production')).filter((file) => file.endsWith(indexName)))
      overwrite(join(works.tree, 'production', name), index)
    expect(await update()).toMatchObject(refused('TRUST_DIGEST'))
  })

  it('refuses a snapshot of another release', async () => {
    const snapshot = readFileSync(metadata('1.snapshot.json'))
    await works.own(second)
    overwrite(metadata('2.snapshot.json'), snapshot)
    expect(await update()).toMatchObject(refused('TRUST_METADATA'))
  })

  it('reads no endless metadata', async () => {
    overwrite(metadata('timestamp.json'), ' '.repeat(1 << 20))
    expect(await update()).toMatchObject(refused('INDEX_TOO_LARGE', 4))
  })

  it('refuses what nobody signed', async () => {
    const timestamp = JSON.parse(readFileSync(metadata('timestamp.json'), 'utf8'))
    timestamp.signed.expires = '2099-01-01T00:00:00Z'
    overwrite(metadata('timestamp.json'), JSON.stringify(timestamp))
    expect(await update()).toMatchObject(refused('TRUST_METADATA'))
    overwrite(metadata('timestamp.json'), '<html>')
    expect(await update()).toMatchObject(refused('TRUST_METADATA'))
  })

  it('refuses a root that only the new keys signed', async () => {
    const other = await openWorks('--root-keys', '2', '--threshold', '2')
    try {
      await other.own(second)
      await other.defs('keys', 'rotate', 'root')
      overwrite(metadata('2.root.json'), readFileSync(join(other.tree, 'metadata', '2.root.json')))
      expect(await update()).toMatchObject(refused('TRUST_METADATA'))
    } finally {
      other.close()
    }
  })

  it('says when there is no metadata at all', async () => {
    renameSync(join(works.tree, 'metadata'), join(works.root, 'gone'))
    expect(await update()).toMatchObject(refused('SOURCE_NOT_FOUND', 3))
  })
})

describe('targets and snapshot', () => {
  it('are signed anew once half of their life is over, and not before', async () => {
    const days = (count: number) => new Date(Date.parse('2026-12-01T00:00:00Z') + count * 86_400_000)
    const there = () =>
      readdirSync(join(works.tree, 'metadata')).filter((name) => /(targets|snapshot)\.json$/.test(name))
    works.now = days(0)
    await works.own(second)
    const begun = there()
    for (const [day, more] of [
      [44, 0],
      [46, 2],
      [89, 2],
      [92, 4],
    ] as const) {
      works.now = days(day)
      expect(await works.defs('publish', '--renew')).toMatchObject({ exitCode: 0 })
      expect([day, there().length - begun.length]).toEqual([day, more])
    }
    expect(await update()).toMatchObject({ exitCode: 0, current: second })
  })
})

describe('key rotation', () => {
  it('is followed by a client that slept through three roots', async () => {
    expect(await update()).toMatchObject({ current: first })
    for (const role of ['root', 'timestamp', 'root', 'targets', 'guard', 'snapshot'])
      expect(await works.defs('keys', 'rotate', role)).toMatchObject({ exitCode: 0, role })
    await works.own(second)
    expect(await update()).toMatchObject({ exitCode: 0, current: second })
    // One that begins with the very first root as well.
    const fresh = join(works.root, 'client')
    renameSync(fresh, join(works.root, 'elsewhere'))
    expect(await update()).toMatchObject({ exitCode: 0, current: second })
  })

  it.each(['targets', 'snapshot', 'timestamp'])(
    'of %s signs anew what is published already',
    async (role) => {
      expect(await update()).toMatchObject({ current: first })
      expect(await works.defs('keys', 'rotate', role)).toMatchObject({ exitCode: 0 })
      works.now = new Date(Date.now() + 2 * 86_400_000)
      expect(await update()).toMatchObject({ exitCode: 0, current: first })
    },
  )

  it('makes worthless what the old key signs', async () => {
    await works.own(second)
    const stolen = readFileSync(metadata('timestamp.json'))
    await works.defs('keys', 'rotate', 'timestamp')
    await works.own(third)
    overwrite(metadata('timestamp.json'), stolen)
    expect(await update()).toMatchObject(refused('TRUST_METADATA'))
  })

  it('lets a client without TUF go on, a new guard signer included', async () => {
    works.tuf = false
    await update()
    for (const role of ['root', 'guard', 'targets']) await works.defs('keys', 'rotate', role)
    await works.own(second)
    expect(await update()).toMatchObject({ exitCode: 0, current: second })
  })
})
