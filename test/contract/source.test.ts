import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SourceConfig } from '../../src/config/config.ts'
import type { SourceKind } from '../../src/config/options/source.ts'
import { isDefsError } from '../../src/error.ts'
import { compareStanding, type SetName } from '../../src/set-name.ts'
import { openSource, sourceKinds } from '../../src/source/kinds.ts'
import type { Offer } from '../../src/source/source.ts'
import {
  asking,
  codeOf,
  connect,
  download,
  offered,
  sha256,
  signedIndex,
  triItem,
  triText,
} from '../source/asking.ts'
import { fill, temporary } from '../source/folder.ts'

/** A set as a publisher of any kind puts it out. */
interface Published {
  /** Day and revision. */
  readonly day: string
  readonly revision: string
  readonly sequence: number
}

const old: Published = { day: '20261120', revision: '007', sequence: 99_999 }
const recent: Published = { day: '20261121', revision: '001', sequence: 100_000 }
const newest: Published = { day: '20261121', revision: '010', sequence: 100_001 }
const nameOf = ({ day, revision }: Published) => `${day}.${revision}` as SetName
const contentOf = (set: Published) => `the set ${nameOf(set)}`

/** A ClamAV database by its header; its version is the sequence number. */
function databaseOf(set: Published): string {
  const line = `ClamAV-VDB:21 Nov 2026 06-00 +0000:${set.sequence}:1:90:X:X:test:${set.sequence}`
  return line.padEnd(512) + contentOf(set)
}

type Files = Record<string, string | Uint8Array>

/** How one kind publishes, and what it says of a place where nothing is published yet. */
interface Publisher {
  readonly config: (folder: string) => SourceConfig
  readonly publish: (sets: readonly Published[]) => Files
  /** Files that the source reads first, for rubbish. */
  readonly entrances: readonly string[]
  readonly nothing: 'nothing' | 'SOURCE_NOT_FOUND'
  /** What is in a package, when the kind reads a part of it to see what is on offer. */
  readonly content?: (set: Published) => string
}

const common = {
  name: 'under-test',
  username: null,
  password: null,
  tls: null,
  passwordFile: null,
  passwordVariable: null,
}
const product = { product: 'Product', version: '6.5', language: 'all' }
const smallIndex = 'product_6.5_all_livetri.zip'

function index(sets: readonly Published[]): Files {
  const fileOf = (set: Published) => `${nameOf(set)}.zip`
  const items = sets.map((set, n) =>
    triItem(`ExItem${n}`, {
      ItemSeqData: `${set.day.slice(2)}${set.revision}`,
      Sequence: set.sequence,
      FileName: fileOf(set),
      Size: contentOf(set).length,
    }),
  )
  const guard = Object.fromEntries(sets.map((set) => [fileOf(set), { sha256: sha256(contentOf(set)) }]))
  const packages = sets.map((set) => [fileOf(set), contentOf(set)])
  return {
    'minitri.flg': ' ',
    [smallIndex]: signedIndex(triText(...items), guard),
    ...Object.fromEntries(packages),
  }
}

const publishers: Readonly<Record<SourceKind, Publisher>> = {
  liveupdate: {
    config: (folder) => ({ ...common, ...product, kind: 'liveupdate', hosts: [folder] }),
    publish: index,
    entrances: ['minitri.flg', smallIndex, 'livetri.zip'],
    nothing: 'nothing',
  },
  internal: {
    config: (folder) => ({ ...common, ...product, kind: 'internal', hosts: [folder], channel: 'test' }),
    publish: (sets) =>
      Object.fromEntries(Object.entries(index(sets)).map(([name, file]) => [`test/${name}`, file])),
    entrances: ['test/minitri.flg', `test/${smallIndex}`, 'test/livetri.zip'],
    nothing: 'nothing',
  },
  clamav: {
    config: (folder) => ({
      ...common,
      kind: 'clamav',
      hosts: [folder],
      databases: ['daily'],
      custom: [],
      allowUnsigned: false,
      dns: null,
      resolver: null,
      sign: 'prefer',
      certificates: null,
      patches: true,
      freshclamConf: null,
    }),
    // One database, replaced in place.
    publish: (sets) => Object.fromEntries(sets.map((set) => ['daily.cvd', databaseOf(set)])),
    content: databaseOf,
    entrances: ['daily.cvd', 'daily.cld'],
    nothing: 'SOURCE_NOT_FOUND',
  },
  'rapid-release': {
    config: (folder) => ({ ...common, kind: 'rapid-release', urls: [folder], platform: 'v5i32' }),
    publish: (sets) =>
      Object.fromEntries(
        sets.map((set) => [`sequence/${set.sequence}/symrapidreleasedefsv5i32.zip`, contentOf(set)]),
      ),
    entrances: ['sequence', 'md5-hash.txt', 'sequence/1/md5-hash.txt'],
    nothing: 'nothing',
  },
  'intelligent-updater': {
    config: (folder) => ({
      ...common,
      kind: 'intelligent-updater',
      urls: [folder],
      path: null,
      platform: 'v5i32',
      thirdPartyContent: false,
    }),
    publish: (sets) =>
      Object.fromEntries(sets.map((set) => [`${set.day}-${set.revision}-v5i32.zip`, contentOf(set)])),
    entrances: ['static', 'md5-hash.txt', '20261121-001-v5i32.zip'],
    nothing: 'nothing',
  },
  rules: {
    config: (folder) => ({
      ...common,
      kind: 'rules',
      urls: [`${pathToFileURL(folder).href}/pack.rules.tar.gz`],
      md5: false,
      allowUnsigned: false,
      minisign: '/nowhere.pub',
      pkcs7: false,
      sha256: null,
      signedDigest: false,
      rules: ['*.rules'],
      style: 'auto',
      least: 1,
      version: null,
      every: 0,
    }),
    publish: (sets) => {
      const newest = sets.at(-1)
      const comment = `untrusted comment: x\nxx\ntrusted comment: timestamp:${newest?.sequence}\tfile:x\nxx\n`
      return newest
        ? { 'pack.rules.tar.gz': contentOf(newest), 'pack.rules.tar.gz.minisig': comment }
        : { 'README.txt': 'packs of rules' }
    },
    entrances: ['pack.rules.tar.gz.minisig'],
    nothing: 'SOURCE_NOT_FOUND',
  },
  'shared-sep': {
    config: (folder) => ({
      ...common,
      kind: 'shared-sep',
      path: folder,
      sepVersion: '12.0',
      bits: 32,
      sharing64: false,
      register: false,
    }),
    publish: (sets) => {
      const current = sets.at(-1)
      const folders = sets.map((set) => [`${nameOf(set)}/virscan1.dat`, contentOf(set)])
      const definfo = current && { 'definfo.dat': `[DefDates]\r\nCurDefs=${nameOf(current)}\r\n` }
      return { ...definfo, ...Object.fromEntries(folders) }
    },
    entrances: ['definfo.dat'],
    nothing: 'SOURCE_NOT_FOUND',
  },
}

let root: ReturnType<typeof temporary>
beforeEach(() => {
  root = temporary()
})
afterEach(() => root.remove())

/** Every path below a folder with its size and time. */
function inventory(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => `${name} ${statSync(join(folder, name)).size} ${statSync(join(folder, name)).mtimeMs}`)
    .sort()
}

it('is carried out by every kind', () => {
  expect(Object.keys(publishers).sort()).toEqual(Object.keys(sourceKinds).sort())
})

describe.each(Object.entries(publishers))(
  'a source of kind %s',
  (kind, { config, publish, entrances, nothing, content = contentOf }) => {
    const place = () => join(root.path, 'site')
    const source = () => openSource(config(place()), connect)
    const ask = async (): Promise<Offer> => offered(await source().ask(asking()))
    const fits = (offer: Offer, set: Published) =>
      expect([offer.set ?? nameOf(set), offer.sequence?.number ?? set.sequence]).toEqual([
        nameOf(set),
        set.sequence,
      ])

    it('bears its configured name and its kind', () => {
      expect(source()).toMatchObject({ name: 'under-test', kind })
    })

    it('offers nothing where nothing is published', async () => {
      fill(place(), publish([]))
      const answer = source().ask(asking())
      if (nothing !== 'nothing') expect(await codeOf(answer)).toBe(nothing)
      else expect(await answer).toMatchObject({ nothing: true, source: 'under-test', failedHosts: [] })
    })

    it('offers the one set there is, whole and reachable', async () => {
      fill(place(), publish([recent]))
      const offer = await ask()
      fits(offer, recent)
      expect(offer).toMatchObject({ source: 'under-test', kind, failedHosts: [], incremental: [] })
      expect(offer.set !== null || offer.sequence !== null).toBe(true)
      expect(offer.package.remotes.length).toBeGreaterThan(0)
      if (offer.package.folder === null) {
        expect(await download(offer.package.remotes[0])).toBe(content(recent))
        expect(offer.package.bytes ?? content(recent).length).toBe(content(recent).length)
      } else {
        expect(readdirSync(offer.package.folder)).toEqual(['virscan1.dat'])
      }
    })

    it('gives the same answer twice and changes nothing', async () => {
      fill(place(), publish([old, recent]))
      const before = inventory(place())
      const one = source()
      const answers = [await one.ask(asking()), await one.ask(asking())]
      expect(JSON.stringify(answers[0])).toBe(JSON.stringify(answers[1]))
      expect(inventory(place())).toEqual(before)
    })

    it('offers a newer set once it is published', async () => {
      fill(place(), publish([old]))
      const one = source()
      const before = offered(await one.ask(asking()))
      fill(place(), publish([old, newest]))
      const after = offered(await one.ask(asking()))
      const standing = (offer: Offer, set: Published) => ({
        set: offer.set ?? nameOf(set),
        sequence: offer.sequence,
      })
      expect(compareStanding(standing(after, newest), standing(before, old))).toBeGreaterThan(0)
      if (before.package.fingerprint !== null) {
        expect(after.package.fingerprint).not.toBe(before.package.fingerprint)
      }
    })

    it('offers the newest of several, numbers being numbers', async () => {
      fill(place(), publish([old, recent, newest]))
      fits(await ask(), newest)
    })

    it('fails with an error of ours or offers nothing, whatever rubbish it meets', async () => {
      fill(place(), publish([]))
      const rubbish = fc.uint8Array({ maxLength: 200 })
      const page = fc.constant(Buffer.from('<html>please log in</html>'))
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...entrances), fc.oneof(rubbish, page), async (name, content) => {
          const site = fill(join(root.path, `site-${Math.random()}`), { ...publish([]), [name]: content })
          const one = openSource(config(site), connect)
          try {
            const answer = await one.ask(asking())
            return 'nothing' in answer || answer.indexSignedBy === null
          } catch (error) {
            return isDefsError(error) && /^(SOURCE|INDEX|ARCHIVE|TRUST|FETCH)_/.test(error.code)
          }
        }),
        { numRuns: 60 },
      )
    })

    it('says that a missing place is out of reach', async () => {
      expect(await codeOf(source().ask(asking()))).toMatch(/^SOURCE_(UNREACHABLE|NOT_FOUND)$/)
    })

    it('stops when the run is interrupted', async () => {
      fill(place(), publish([recent]))
      expect(await codeOf(source().ask(asking({ signal: AbortSignal.abort() })))).toBe('INTERRUPTED')
    })

    it('may be closed twice, asked or not', async () => {
      fill(place(), publish([recent]))
      const one = source()
      await one.close()
      await one.close()
      const other = source()
      await other.ask(asking())
      await other.close()
      await other.close()
    })
  },
)
