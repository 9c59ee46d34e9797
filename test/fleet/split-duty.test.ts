import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Metadata, MetaFile, Snapshot, Targets, Timestamp } from '@tufjs/models'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bytesOf, momentOf, specVersion } from '../../src/publish/keys/init-keys.ts'
import { keyRing, makeKey, readKey, readSigner } from '../../src/publish/keys/key-ring.ts'
import { type TufSigner, tufSigner } from '../../src/publish/keys/tuf-key.ts'
import { type FleetSite, openFleetSite } from './fleet-site.ts'

const [first, second, third] = ['20261120.001', '20261121.001', '20261122.001'] as const
const everyone = ['canary-1', 'web-1', 'web-2'] as const
const passphrase = 'correct horse'

let site: FleetSite
let controllerKeys: string

const look = () => site.defs('fleet', 'run', '--once')
/** The publisher shows what the fleet picked: `defs serve` and the daemon do so by themselves. */
const show = async () => expect(await site.defs('publish', '--renew')).toMatchObject({ exitCode: 0 })

/** A publisher, and a controller whose key folder holds the key of the role `fleet` and no other. */
async function begin(further: readonly string[] = []): Promise<void> {
  site = await openFleetSite([
    "{ name: canary, channel: canary, hosts: ['canary-*'], minimum: 1, coverage: 100, soak: 0s, failures: 0, maxAge: 3650d }",
    '{ name: broad, channel: broad, minimum: 1, coverage: 60, soak: 0s, failures: 0, maxAge: 3650d }',
  ])
  await site.publish(first)
  expect(await site.defs('keys', 'rotate', 'fleet')).toMatchObject({ exitCode: 0, role: 'fleet' })
  controllerKeys = join(site.root, 'controller-keys')
  const own = join(site.root, 'keys')
  mkdirSync(join(controllerKeys, 'online'), { recursive: true, mode: 0o700 })
  cpSync(join(own, 'roots'), join(controllerKeys, 'roots'), { recursive: true })
  renameSync(join(own, 'online', 'fleet.pem'), join(controllerKeys, 'online', 'fleet.pem'))
  for (const role of further) cpSync(join(own, 'online', role), join(controllerKeys, 'online', role))
  site.controllerKeys = controllerKeys
  expect(await site.defs('fleet', 'init')).toMatchObject({ exitCode: 0, changed: true, card: 1 })
}

const lives = () => everyone.map(site.live)
const all = (set: string) => everyone.map(() => set)

afterEach(() => site.close())

describe('a controller that holds the key of the role fleet alone', () => {
  beforeEach(() => begin(), 120_000)

  it('brings a set from ring to ring, halts it, and takes it back: others sign, it only picks', async () => {
    expect(readdirSync(join(controllerKeys, 'online'))).toEqual(['fleet.pem'])
    await show()
    await site.join(...everyone)
    const rollOut = async () => {
      for (let turn = 0; turn < 2; turn++) {
        await look()
        await show()
        await site.all(everyone)
      }
      return look()
    }
    expect(await rollOut()).toMatchObject({ exitCode: 0, state: 'steady' })
    expect(lives()).toEqual(all(first))
    await site.publish(second)
    expect(await look()).toMatchObject({ exitCode: 100 })
    // What nobody has shown yet, no host sees.
    await site.all(everyone)
    expect(lives()).toEqual(all(first))
    await show()
    await site.all(everyone)
    expect(lives()).toEqual([second, first, first])
    expect(await rollOut()).toMatchObject({ exitCode: 0, state: 'steady' })
    expect(lives()).toEqual(all(second))
    site.settings('canary-1', { refuses: third })
    await site.publish(third)
    await look()
    await show()
    expect(await site.all(everyone)).toEqual([7, 0, 0])
    expect(await look()).toMatchObject({ exitCode: 7, state: 'halted' })
    await show()
    await site.all(everyone)
    expect(lives()).toEqual(all(second))
    const back = await site.defs('fleet', 'rollback', '--reason', 'false alarms')
    expect(back).toMatchObject({ exitCode: 0, from: [second], to: first })
    await show()
    expect(await site.all(everyone)).toEqual([0, 0, 0])
    expect(lives()).toEqual(all(first))
    // The keys of the controller publish nothing, and the publisher no longer picks.
    const config = site.bench.put(
      'thief.yaml',
      `store: { root: '${join(site.root, 'thief')}' }\npublish: { root: '${site.tree}', keys: '${controllerKeys}' }`,
    )
    const env = { DEFS_KEYS_PASSPHRASE: passphrase }
    const line = ['promote', third, '--to', 'canary', '--new', '--json', '--config', config]
    expect((await site.bench.run(line, { env })).json).toMatchObject({ error: { code: 'KEYS_MISSING' } })
    site.controllerKeys = null
    expect(await look()).toMatchObject({ error: { code: 'KEYS_MISSING' } })
    const { keys } = await site.defs('keys', 'show')
    expect(keys.find(({ role }: { role: string }) => role === 'fleet')).toMatchObject({ present: false })
  }, 240_000)

  it('opens nothing and says 5 when nobody renews what is signed', async () => {
    await show()
    await site.join(...everyone)
    await look()
    await show()
    await site.all(everyone)
    await site.publish(second)
    site.now = new Date(Date.now() + 60 * 86_400_000)
    expect(await look()).toMatchObject({ exitCode: 5 })
    site.now = null
    expect(await site.defs('fleet', 'status')).toMatchObject({ rings: [{ set: first }, {}] })
  }, 120_000)
})

describe('a hostile controller', () => {
  // The worst case: snapshot and timestamp are its own, too, so that nobody looks at what it signs.
  beforeEach(async () => {
    await begin(['snapshot.pem', 'timestamp.pem'])
    await site.join(...everyone)
    await look()
    await site.all(everyone)
    await look()
    await site.all(everyone)
    expect(lives()).toEqual(all(first))
  }, 120_000)

  it('makes hosts visible by itself where it holds snapshot and timestamp', async () => {
    await site.publish(second)
    await look()
    await site.all(everyone)
    await look()
    await site.all(everyone)
    expect(lives()).toEqual(all(second))
  }, 120_000)

  it('gets no set to hosts that nobody else has signed', async () => {
    const forged = '20261225.001'
    const card = JSON.parse(readFileSync(join(site.tree, 'fleet', 'f1.json'), 'utf8'))
    for (const ring of card.rings)
      ring.pick = { set: forged, statement: ring.pick.statement + 1000, demoted: false, withdrawn: [] }
    const bytes = Buffer.from(JSON.stringify({ ...card, number: card.number + 1 }))
    await forge({ 'fleet/f1.json': bytes })
    for (const name of everyone) {
      const told = await site.host(name, 'update')
      expect(told).toMatchObject({ exitCode: 5, error: { code: 'TRUST_METADATA' } })
      expect(JSON.stringify(told)).toContain('nobody has signed')
    }
    expect(lives()).toEqual(all(first))
  }, 120_000)

  it('cannot vouch for the index of a set of its own, nor for that of a channel', async () => {
    const forged = '20261225.001'
    const index = readFileSync(indexOf(first))
    const card = JSON.parse(readFileSync(join(site.tree, 'fleet', 'f1.json'), 'utf8'))
    const rings = card.rings.map((ring: { pick: { statement: number } }) => ({
      ...ring,
      pick: { set: forged, statement: ring.pick.statement + 1000, demoted: false, withdrawn: [] },
    }))
    const files = {
      'fleet/f1.json': Buffer.from(JSON.stringify({ ...card, number: card.number + 1, rings })),
      [`sets/${forged}/livetri.zip`]: index,
      'canary/livetri.zip': index,
    }
    await forge(files)
    for (const name of everyone) expect(await site.host(name, 'update')).toMatchObject({ exitCode: 5 })
    expect(lives()).toEqual(all(first))
  }, 120_000)

  it('cannot give one signed set for another, nor sign with a key of its own', async () => {
    await site.publish(second)
    const card = JSON.parse(readFileSync(join(site.tree, 'fleet', 'f1.json'), 'utf8'))
    const bytes = Buffer.from(JSON.stringify({ ...card, number: card.number + 1, rings: [] }))
    await forge({ 'fleet/f1.json': bytes }, tufSigner(makeKey('ed25519')))
    for (const name of everyone)
      expect(await site.host(name, 'update')).toMatchObject({
        exitCode: 5,
        error: { code: 'TRUST_METADATA' },
      })
    expect(lives()).toEqual(all(first))
  }, 120_000)
})

function indexOf(set: string): string {
  const folder = join(site.tree, 'sets', set)
  const name = readdirSync(folder).find((one) => one.endsWith('.livetri.zip'))
  return join(folder, name ?? '')
}

/** Signs whatever is wanted as the role `fleet`, and a snapshot and a timestamp over it. */
async function forge(files: Readonly<Record<string, Buffer>>, by?: TufSigner): Promise<void> {
  const ring = keyRing(controllerKeys)
  const fleet = by ?? tufSigner(await readKey(join(ring.online, 'fleet.pem'), passphrase))
  const metadata = join(site.tree, 'metadata')
  const next = (role: string) =>
    1 +
    Math.max(
      0,
      ...readdirSync(metadata).map((name) =>
        Number(new RegExp(`^(\\d+)\\.${role}\\.json$`).exec(name)?.[1] ?? 0),
      ),
    )
  const expires = momentOf(new Date(Date.now() + 10 * 86_400_000))
  const { createHash } = await import('node:crypto')
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  const common = (type: string, version: number) => ({
    _type: type,
    spec_version: specVersion,
    version,
    expires,
  })
  const targets = Object.fromEntries(
    Object.entries(files).map(([path, bytes]) => {
      const cut = path.lastIndexOf('/') + 1
      const folder = join(site.tree, path.slice(0, cut))
      mkdirSync(folder, { recursive: true })
      for (const name of [path.slice(cut), `${digest(bytes)}.${path.slice(cut)}`])
        writeFileSync(join(folder, name), bytes)
      return [path, { length: bytes.length, hashes: { sha256: digest(bytes) } }]
    }),
  )
  const version = next('fleet')
  const role = new Metadata(Targets.fromJSON({ ...common('targets', version), targets }))
  role.sign(fleet.sign)
  const roleBytes = bytesOf(role)
  writeFileSync(join(metadata, `${version}.fleet.json`), roleBytes)
  const meta = (of: number, bytes: Buffer) =>
    new MetaFile({ version: of, length: bytes.length, hashes: { sha256: digest(bytes) } })
  const newest = next('targets') - 1
  const number = next('snapshot')
  const snapshot = new Metadata(
    new Snapshot({
      version: number,
      specVersion,
      expires,
      meta: {
        'targets.json': meta(newest, readFileSync(join(metadata, `${newest}.targets.json`))),
        'fleet.json': meta(version, roleBytes),
      },
    }),
  )
  snapshot.sign((await readSigner(ring, 'snapshot', passphrase)).sign)
  writeFileSync(join(metadata, `${number}.snapshot.json`), bytesOf(snapshot))
  const { signed } = JSON.parse(readFileSync(join(metadata, 'timestamp.json'), 'utf8'))
  const timestamp = new Metadata(
    new Timestamp({
      version: signed.version + 1,
      specVersion,
      expires,
      snapshotMeta: meta(number, bytesOf(snapshot)),
    }),
  )
  timestamp.sign((await readSigner(ring, 'timestamp', passphrase)).sign)
  writeFileSync(join(metadata, 'timestamp.json'), bytesOf(timestamp))
}
