import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import type { EventFacts } from '../../src/event/event.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import type { Store } from '../../src/hawking/store.ts'
import { certificatesInUse, watchCertificates } from '../../src/watch/certificates.ts'
import type { Watch } from '../../src/watch/remind.ts'
import { realContext, storeAt } from '../hawking/world.ts'
import { makeIdentity } from '../support/authority.ts'

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
