import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newsJudge } from '../../../src/fleet/host/news.ts'
import { type FleetSite, openFleetSite } from '../fleet-site.ts'

describe('an announcement', () => {
  let site: FleetSite
  let old: string
  let fresh: string

  const timestamp = () => readFileSync(join(site.tree, 'metadata', 'timestamp.json'), 'utf8')
  const hintOf = (text: string) => JSON.stringify({ schema: 1, timestamp: text, soon: true })

  /** What the host trusts, as it lies in its store. */
  async function kept() {
    const folder = join(site.root, 'hosts', 'web-1', 'state', 'tuf')
    const name = readdirSync(folder).find((one) => /^[0-9a-f]{32}\.json$/.test(one)) ?? ''
    const table: Record<string, string> = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    return [new Map(Object.entries(table).map(([role, bytes]) => [role, Buffer.from(bytes, 'base64')]))]
  }

  beforeAll(async () => {
    site = await openFleetSite([
      '{ name: all, channel: all, minimum: 1, coverage: 1, soak: 0s, maxAge: 3650d }',
    ])
    await site.defs('fleet', 'init')
    await site.join('web-1')
    await site.publish('20261120.001')
    await site.defs('fleet', 'run', '--once')
    await site.all(['web-1'])
    old = timestamp()
    await site.publish('20261121.001')
    fresh = timestamp()
  }, 60_000)
  afterAll(() => site.close())

  it('is news once, when it bears a newer timestamp of the tree', async () => {
    const judge = newsJudge(kept, () => new Date())
    expect(await judge(hintOf(old))).toEqual({ news: false, soon: false })
    expect(await judge(hintOf(fresh))).toEqual({ news: true, soon: true })
    expect(await judge(hintOf(fresh))).toEqual({ news: false, soon: false })
  })

  it.each([
    ['nothing', ''],
    ['no object', '7'],
    ['no timestamp', '{"timestamp":7}'],
    ['a timestamp of another version than was signed', null],
  ])('is no news when it bears %s', async (_what, text) => {
    const judge = newsJudge(kept, () => new Date())
    const changed = fresh.replace(/"version": ?\d+/, '"version": 999')
    expect(await judge(text ?? hintOf(changed))).toEqual({ news: false, soon: false })
    expect(changed).not.toBe(fresh)
  })

  it('costs a host little, however many are forged', async () => {
    let looked = 0
    const judge = newsJudge(
      async () => {
        looked += 1
        return kept()
      },
      () => new Date(),
    )
    for (let number = 0; number < 500; number++)
      await judge(hintOf(fresh.replace(/"version": ?\d+/, `"version": ${1000 + number}`)))
    expect(looked).toBeLessThanOrEqual(60)
  })
})
