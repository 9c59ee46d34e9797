import { cpSync, existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SourceKind } from '../../src/config/options/source.ts'
import { sourceKinds } from '../../src/source/kinds.ts'
import { type Bench, openBench } from '../cli/world.ts'
import { zipOf } from '../support/archive.ts'
import { type Authority, makeAuthority } from '../support/authority.ts'
import { makeSet, randomFiles, sampleFiles, writeFiles } from '../support/definition-set.ts'
import { type HttpServer, startHttpServer } from '../support/http-server.ts'
import { lookAt } from '../support/look.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

/** Kinds with an index that states size and digest of every package. */
const indexed = new Set(['liveupdate', 'internal'])

/** Kinds whose sets come without a guard of their own; their suites stand beside this one. */
const apart = ['clamav', 'rules']

const [older, old, fresh] = ['20261119.002', '20261120.003', '20261121.001'] as const
type Members = Map<string, Buffer>

/** One kind as its publisher sees it. */
interface Publisher {
  /** The source as YAML; `url` has every published file. */
  readonly source: (url: string, folder: string) => string
  /** Puts a set on offer, its members and its package changed before any index is made over them. */
  readonly publish: (set: string, change?: Change) => void
  /** Where the package of the last set lies in the tree; null when a set is a folder. */
  readonly path: () => string | null
}

interface Change {
  readonly members?: (members: Members) => unknown
  readonly bytes?: (zip: Buffer) => Buffer
  readonly files?: Members
}

const sequences: Readonly<Record<string, number>> = { [older]: 99_998, [old]: 99_999, [fresh]: 100_000 }

let vendor: Vendor
let bench: Bench
let server: HttpServer
let stranger: Authority
beforeAll(async () => {
  vendor = await startVendor()
  server = await startHttpServer({ files: vendor.tree, autoindex: 'html' })
  stranger = makeAuthority(join(vendor.directory, 'stranger'))
})
afterAll(() => Promise.all([vendor.close(), server.close()]))
beforeEach(() => {
  bench = openBench()
  server.faults.clear()
  vendor.tree.clear()
  vendor.tree.set('minitri.flg', Buffer.from(' '))
})
afterEach(() => bench.remove())

const identity = { product: "product: 'SMSMSE Virus Definitions', version: '6.5', language: symalllanguages" }
let last: string | null = null
const sep = () => join(bench.root, 'sep')

function certify(set: string, { members, bytes, files }: Change = {}): string {
  return vendor.certify({
    set,
    files: files ?? sampleFiles(set),
    ...(members ? { spoilSet: (made: Members) => void members(made) } : {}),
    ...(bytes ? { spoilPackage: bytes } : {}),
  })
}

function packed(set: string, { members, bytes, files }: Change): Buffer {
  const made = makeSet({ authority: vendor.authority, files: files ?? sampleFiles(set), set })
  members?.(made)
  const zip = zipOf(made)
  return bytes?.(zip) ?? zip
}

const publishers = {
  liveupdate: {
    source: (url) => `kind: liveupdate, hosts: ['${url}'], ${identity.product}`,
    publish(set, change) {
      last = certify(set, change)
    },
    path: () => last,
  },
  internal: {
    source: (url) => `kind: internal, hosts: ['${url}'], ${identity.product}`,
    publish(set, change) {
      last = `production/${certify(set, change)}`
      for (const [name, bytes] of [...vendor.tree])
        if (!name.includes('/')) vendor.tree.set(`production/${name}`, bytes)
    },
    path: () => last,
  },
  'rapid-release': {
    source: (url) =>
      `kind: rapid-release, url: '${url}AVDEFS/symantec_antivirus_corp/rapidrelease/', platform: core15-v5i32`,
    publish(set, { members, bytes, files } = {}) {
      last = vendor.release({
        set,
        sequence: sequences[set] ?? 0,
        files: files ?? sampleFiles(set),
        ...(members ? { spoilSet: (made: Members) => void members(made) } : {}),
        ...(bytes ? { spoilPackage: bytes } : {}),
      })
    },
    path: () => last,
  },
  'intelligent-updater': {
    source: (url) => `kind: intelligent-updater, url: '${url}defs/', platform: v5i32`,
    publish(set, change = {}) {
      last = `defs/${set.replace('.', '-')}-v5i32.zip`
      vendor.tree.set(last, packed(set, change))
    },
    path: () => last,
  },
  'shared-sep': {
    source: (_, folder) => `kind: shared-sep, path: '${folder}'`,
    publish(set, { members, files } = {}) {
      const made = makeSet({ authority: vendor.authority, files: files ?? sampleFiles(set), set })
      members?.(made)
      rmSync(join(sep(), set), { recursive: true, force: true })
      writeFiles(join(sep(), set), made)
      writeFileSync(join(sep(), 'definfo.dat'), `[DefDates]\r\nCurDefs=${set}\r\n`)
    },
    path: () => null,
  },
} as const satisfies Partial<Record<SourceKind, Publisher>>

it('is carried out by every kind, here or beside', () => {
  const kinds = new Set([...Object.keys(publishers), ...apart])
  expect(Object.keys(sourceKinds).filter((kind) => !kinds.has(kind))).toEqual([])
})

describe.each(Object.entries(publishers) as [string, Publisher][])('an update from %s', (kind, publisher) => {
  const { publish, path } = publisher
  const store = () => join(bench.root, 'store')

  function update(...more: string[]) {
    const source = publisher.source(server.url, sep())
    const config = bench.put(
      'defs.yaml',
      [
        `store: { root: '${store()}' }`,
        `trust: { anchors: ['${vendor.authority.rootPath}'] }`,
        `sources: { it: { ${source} } }`,
        'network: { tries: 2, stallTimeout: 1s }',
        'limits: { package: 256KiB, unpacked: 256KiB }',
      ].join('\n'),
    )
    return bench.run(['update', ...more, '--json', '--config', config]).then(({ json }) => json)
  }

  async function expectLive(set: string | undefined): Promise<void> {
    expect(lookAt(store())).toMatchObject({ current: set, leftovers: [], damage: [] })
  }

  /** One good set is live, and what is published next is refused. */
  async function expectRefused(exitCode: number, code?: RegExp): Promise<void> {
    const run = await update()
    expect(run).toMatchObject({ exitCode, changed: false, current: old })
    if (code) expect(run.error.code).toMatch(code)
    await expectLive(old)
  }

  /** A store in which the first set is live: made once, copied from then on. */
  const start = async () => {
    publish(old)
    const seed = join(vendor.directory, `seed-${kind}`)
    if (existsSync(seed)) return cpSync(seed, store(), { recursive: true, verbatimSymlinks: true })
    expect(await update()).toMatchObject({ exitCode: 0, changed: true, current: old })
    await expectLive(old)
    cpSync(store(), seed, { recursive: true, verbatimSymlinks: true })
  }

  it('brings nothing where nothing is published, and says so', async () => {
    const run = await update()
    expect(run).toMatchObject({ changed: false, current: null })
    // Without any set on disk that is no success.
    expect([3, 13]).toContain(run.exitCode)
    await expectLive(undefined)
  })

  it('brings one, then a newer one, and never an older one', async () => {
    await start()
    publish(fresh)
    expect(await update()).toMatchObject({ exitCode: 0, changed: true, previous: old, current: fresh })
    // Listings show what lies there; an index says it.
    for (const name of [...vendor.tree.keys()]) if (name.includes('/')) vendor.tree.delete(name)
    vendor.tree.set('production/minitri.flg', Buffer.from(' '))
    publish(older)
    expect(await update()).toMatchObject({ exitCode: 0, changed: false, current: fresh })
    await expectLive(fresh)
  })

  it('refuses what is huge', async () => {
    await start()
    publish(fresh, { files: randomFiles(600_000) })
    await expectRefused(4)
  })

  it('refuses what is cut, and what changes on the way', async () => {
    await start()
    publish(fresh)
    const file = path()
    if (file === null) {
      // Midway through the work of its owner: one file is of another set already.
      publish(fresh, { members: (members) => members.set('TSCAN1.DAT', Buffer.from('tscan1 of another')) })
      await expectRefused(5, /TRUST_DIGEST/)
      publish(fresh, { members: (members) => members.delete('TSCAN1.DAT') })
      await expectRefused(5, /TRUST_FILE_MISSING/)
    } else {
      const whole = Buffer.from(vendor.tree.get(file) ?? [])
      server.faults.set(`/${file}`, (_, response) => {
        response.writeHead(200, { 'content-length': whole.length, etag: '"first"' })
        response.write(whole.subarray(0, whole.length / 2), () => response.destroy())
        return true
      })
      await expectRefused(3)
      // From now on the address gives other bytes: what came before must not be joined with them.
      server.faults.clear()
      vendor.tree.set(file, zipOf(makeSet({ authority: stranger, files: sampleFiles('x'), set: fresh })))
      // An index states the size; where there is none, the guard is what tells.
      await expectRefused(indexed.has(kind) ? 4 : 5)
      vendor.tree.set(file, whole)
    }
    publish(fresh)
    expect(await update()).toMatchObject({ exitCode: 0, changed: true, current: fresh })
    await expectLive(fresh)
  })

  const hostile: readonly (readonly [string, number, RegExp, Change])[] = [
    ['has no signature', 5, /SIGNATURE_MISSING/, { members: (all) => all.delete('v.sig') }],
    ['has no guard', 5, /GUARD_MISSING/, { members: (all) => all.delete('v.grd') }],
    [
      'is signed by a stranger',
      5,
      /TRUST_CHAIN/,
      { members: (all) => all.set('v.sig', stranger.sign(all.get('v.grd') ?? Buffer.of())) },
    ],
    ['brings a file more', 5, /UNLISTED/, { members: (all) => all.set('EXTRA.DLL', Buffer.from('x')) }],
    [
      'has an altered file',
      5,
      /TRUST_DIGEST/,
      { members: (all) => all.set('CATALOG.DAT', Buffer.from('altered')) },
    ],
  ]
  it.each(hostile)('refuses a set that %s', async (_, exitCode, code, change) => {
    await start()
    publish(fresh, change)
    await expectRefused(exitCode, code)
  })

  if (kind !== 'shared-sep')
    it('refuses what is no package', async () => {
      await start()
      for (const [text, code] of [
        ['<html><body>Please log in</body></html>', /HTML/],
        ['neither this nor that', /ARCHIVE_UNKNOWN/],
      ] as const) {
        publish(fresh, { bytes: () => Buffer.from(text) })
        await expectRefused(4, code)
      }
      publish(fresh, { bytes: () => Buffer.of() })
      if (indexed.has(kind)) await expectRefused(4, /INDEX_INVALID/)
      // In a listing it is a file that somebody has begun to upload: passed over.
      else expect(await update()).toMatchObject({ exitCode: 0, changed: false, current: old })
      await expectLive(old)
    })

  if (kind === 'shared-sep')
    it('refuses links among the files', async () => {
      await start()
      publish(fresh)
      rmSync(join(sep(), fresh, 'CATALOG.DAT'))
      symlinkSync('/etc/passwd', join(sep(), fresh, 'CATALOG.DAT'))
      await expectRefused(4, /ARCHIVE_LINK/)
    })
})
