import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import type { EventFacts } from '../../src/event/event.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import type { Store } from '../../src/hawking/store.ts'
import { watchFreshness, watchLicence } from '../../src/watch/alerts.ts'
import type { Watch } from '../../src/watch/remind.ts'
import { realContext, storeAt } from '../hawking/world.ts'
import { licenceXml } from '../licence/slf.ts'

const hour = 3_600_000
let root: string
let store: Store
let now: Date
let told: { name: string; facts: EventFacts }[]

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'defs-watch-'))
  store = storeAt(root)
  now = new Date('2026-11-21T12:00:00Z')
  told = []
  await prepareStore(store, null)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function watch(licence: Partial<Config['licence']> = {}): Watch {
  const config = {
    maxAge: 36 * hour,
    events: { outdatedEvery: 6 * hour },
    licence: { file: join(root, 'it.slf'), required: true, product: null, ...licence },
  }
  return {
    config: config as unknown as Config,
    context: { ...realContext(), now: () => now },
    store,
    report: (name, facts = {}) => told.push({ name, facts }),
  }
}

const point = (set: string) => writeFileSync(store.definfo, `[DefDates]\r\nCurDefs=${set}\r\n`)
const later = (hours: number) => {
  now = new Date(now.getTime() + hours * hour)
}

/** Looks every ten minutes for so many hours; returns how often something was told. */
async function tellings(look: (watch: Watch) => Promise<void>, hours: number): Promise<number> {
  const before = told.length
  for (let each = 0; each < hours * 6; each++) {
    await look(watch())
    later(1 / 6)
  }
  return told.length - before
}

describe('freshness', () => {
  it('says nothing of a fresh set, nor where there is none', async () => {
    await watchFreshness(watch())
    point('20261121.001')
    await watchFreshness(watch())
    expect(told).toEqual([])
  })

  it('tells of an old set once, then every six hours, until a fresh one is there', async () => {
    point('20261119.001')
    expect(await tellings(watchFreshness, 24)).toBe(4)
    expect(told[0]).toMatchObject({
      name: 'definitions.outdated',
      facts: { set: '20261119.001', ageSeconds: 60 * 3600 },
    })
    point('20261122.001')
    expect(await tellings(watchFreshness, 2)).toBe(0)
    point('20261119.001')
    expect(await tellings(watchFreshness, 1)).toBe(1)
  })

  it('is silenced neither by a clock that was set back nor by a damaged record', async () => {
    point('20261118.001')
    await watchFreshness(watch())
    later(-12)
    await watchFreshness(watch())
    writeFileSync(join(store.state, 'freshness.json'), '{"at":')
    await watchFreshness(watch())
    expect(told).toHaveLength(3)
  })

  it('fails nothing when it cannot keep what it told', async () => {
    point('20261118.001')
    rmSync(store.state, { recursive: true })
    await watchFreshness(watch())
    expect(told).toHaveLength(1)
  })
})

describe('the licence', () => {
  const put = (parts: Parameters<typeof licenceXml>[0]) =>
    writeFileSync(join(root, 'it.slf'), licenceXml(parts))

  it('is told of once a day while something is the matter with it, and at every change', async () => {
    put({ end_date: '2027-02-20', grace_policy: '1,30' })
    expect(await tellings(watchLicence, 48)).toBe(2)
    expect(told[0]?.name).toBe('licence.warning')
    put({ end_date: '2026-12-05', grace_policy: '1,30' })
    await watchLicence(watch())
    put({ end_date: '2026-11-01' })
    await watchLicence(watch())
    rmSync(join(root, 'it.slf'))
    await watchLicence(watch())
    put({ start_date: '2027-01-01', end_date: '2028-01-01' })
    await watchLicence(watch())
    expect(told.slice(2).map(({ name }) => name)).toEqual([
      'licence.expired',
      'licence.missing',
      'licence.not-yet',
    ])
  })

  it('in force, or not required, is not told of', async () => {
    put({ end_date: '2030-01-01' })
    await watchLicence(watch())
    rmSync(join(root, 'it.slf'))
    await watchLicence(watch({ required: false }))
    expect(told).toEqual([])
  })
})
