import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import type { EventFacts } from '../../src/event/event.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import type { Store } from '../../src/hawking/store.ts'
import { certificateFlaws } from '../../src/upkeep/surroundings.ts'
import { certificatesInUse, watchCertificates } from '../../src/watch/certificates.ts'
import type { Watch } from '../../src/watch/remind.ts'
import { realContext, storeAt } from '../hawking/world.ts'
import { makeAuthority, makeIdentity, signDetached, signerExtensions } from '../support/authority.ts'

const day = 86_400_000
let folder: string
let store: Store
let certificate: string
let now: Date
let ends: number
let told: { name: string; facts: EventFacts }[]
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'defs-certificates-'))
  store = storeAt(join(folder, 'store'))
  certificate = makeIdentity(folder, 'server').certificate
  told = []
  now = new Date()
  await prepareStore(store, null)
  ends = Date.parse((await certificatesInUse(config(), now))[0]?.ends ?? '')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function config(anchors: readonly string[] = []): Config {
  const parts = {
    serve: { certificate },
    console: { certificate },
    store: { root: folder },
    publish: { root: null },
    trust: { anchors },
  }
  return parts as unknown as Config
}

async function look(of: Config): Promise<string[]> {
  const before = told.length
  const watch: Watch = {
    config: of,
    context: { ...realContext(), now: () => now },
    store,
    report: (name, facts = {}) => told.push({ name, facts }),
  }
  await watchCertificates(watch)
  return told.slice(before).map(({ name }) => name)
}

describe('certificates in use', () => {
  it('are told with use, dates and state, an anchor for each in its file', async () => {
    const all = await certificatesInUse(config([certificate, '/nowhere']), now)
    expect(all.map(({ use, state }) => [use, state])).toEqual([
      ['serve', 'valid'],
      ['console', 'valid'],
      ['anchor', 'valid'],
    ])
    expect(all[0]?.subject).toContain('server')
    expect(Date.parse(all[0]?.installed ?? '')).toBeGreaterThan(0)
    writeFileSync(join(folder, 'none.pem'), 'nothing')
    expect(
      await certificatesInUse({ ...config(), trust: { anchors: [join(folder, 'none.pem')] } as never }, now),
    ).toHaveLength(2)
  })

  it('are told of before they end, once a day, and when they have ended', async () => {
    expect(await look(config())).toEqual([])
    now = new Date(ends - 29 * day)
    expect(await look(config())).toEqual(['certificate.ending'])
    expect(told[0]?.facts.reason).toContain(certificate)
    now = new Date(ends - 29 * day + day / 2)
    expect(await look(config())).toEqual([])
    now = new Date(ends - 28 * day + 1)
    expect(await look(config())).toEqual(['certificate.ending'])
    now = new Date(ends + day)
    expect(await look(config())).toEqual(['certificate.ended'])
  })

  it('have the root of the published tree among them, which is told of as they are', async () => {
    const metadata = join(folder, 'publish', 'tree', 'metadata')
    mkdirSync(metadata, { recursive: true })
    writeFileSync(join(metadata, 'root.json'), '{}')
    expect(await certificatesInUse(config(), now)).toHaveLength(2)
    const expires = new Date(now.getTime() + 10 * day).toISOString()
    writeFileSync(join(metadata, 'root.json'), JSON.stringify({ signed: { version: 3, expires } }))
    expect(await look(config())).toEqual(['certificate.ending'])
    expect(told[0]?.facts).toMatchObject({ path: join(metadata, 'root.json'), until: expires })
    now = new Date(now.getTime() + 11 * day)
    expect(await look(config())).toEqual(['certificate.ended'])
    expect((await certificatesInUse(config(), now))[0]).toMatchObject({
      subject: 'TUF root 3',
      state: 'ended',
    })
  })

  it('have those that sign guards here among them, of which doctor tells as well', async () => {
    const guard = join(folder, 'publish', 'keys', 'guard')
    mkdirSync(guard, { recursive: true })
    const root = makeIdentity(folder, 'guard-root')
    const signer = makeIdentity(folder, 'guard-signer', { days: 10, extensions: signerExtensions }, root)
    const pem = (...paths: string[]) => paths.map((path) => readFileSync(path, 'latin1')).join('')
    writeFileSync(join(guard, 'signer.pem'), pem(signer.key, signer.certificate, root.certificate))
    writeFileSync(join(guard, 'root.pem'), pem(root.certificate))
    // They are of this very second, and the clock of the test was read before.
    now = new Date(Date.now() + 2000)
    const all = await certificatesInUse(config(), now)
    expect(all.map(({ use, state }) => [use, state])).toEqual([
      ['serve', 'valid'],
      ['console', 'valid'],
      ['guard', 'ending'],
      ['guard-root', 'valid'],
    ])
    expect(await look(config())).toEqual(['certificate.ending'])
    expect(told[0]?.facts.path).toBe(join(guard, 'signer.pem'))
    const cure = expect.stringMatching(/guard .*signer\.pem on \d{4}-\d\d-\d\d; run 'defs keys rotate guard'/)
    const flaw = { path: join(guard, 'signer.pem'), message: cure, repaired: false }
    expect(await certificateFlaws(config(), now)).toEqual([{ code: 'certificate-ending', ...flaw }])
    now = new Date(now.getTime() + 11 * day)
    expect(await look(config())).toEqual(['certificate.ended'])
    expect(await certificateFlaws(config(), now)).toEqual([{ code: 'certificate-ended', ...flaw }])
  })

  it('have the signer of the current set among them where a set is refused after its end', async () => {
    const set = join(store.virusDefs, '20261120.003')
    mkdirSync(set, { recursive: true })
    writeFileSync(store.definfo, '[DefDates]\r\nCurDefs=20261120.003\r\n')
    const { root, signer, issue } = makeAuthority(folder)
    const middle = issue('middle', { days: 20 })
    const below = issue('below', { extensions: signerExtensions, days: 300 }, middle)
    now = new Date(Date.now() + 2000)
    const of = (expired: string): Config => {
      const { store: configured, ...rest } = config()
      const parts = {
        ...rest,
        store: { ...configured, root: store.root, layout: 'hawking' },
        trust: { anchors: [], expired },
      }
      return parts as unknown as Config
    }
    const signers = async (expired: string) =>
      (await certificatesInUse(of(expired), now)).filter(({ use }) => use === 'signer')
    expect(await signers('refuse')).toEqual([])
    writeFileSync(join(set, 'v.sig'), signDetached(Buffer.from('guard'), signer))
    expect(await signers('refuse')).toMatchObject([{ path: join(set, 'v.sig'), state: 'valid' }])
    // A chain is as good as its shortest certificate.
    writeFileSync(join(set, 'v.sig'), signDetached(Buffer.from('guard'), below))
    expect(await signers('refuse')).toMatchObject([{ subject: 'O=Test, CN=middle', state: 'ending' }])
    expect(await signers('accept')).toEqual([])
    expect(await look(of('refuse'))).toEqual(['certificate.ending'])
    expect(await certificateFlaws(of('refuse'), now)).toMatchObject([{ code: 'certificate-ending' }])
    for (const odd of [Buffer.alloc(0), readFileSync(root.certificate), Buffer.from('3080', 'hex')]) {
      writeFileSync(join(set, 'v.sig'), odd)
      expect(await signers('refuse')).toEqual([])
    }
  })

  it('anchors are told of before they end, and left to trust.expired afterwards', async () => {
    const anchors = {
      ...config([certificate]),
      serve: { certificate: null },
      console: null,
    } as unknown as Config
    now = new Date(ends - day)
    expect(await look(anchors)).toEqual(['certificate.ending'])
    now = new Date(ends + day)
    expect(await look(anchors)).toEqual([])
  })
})
