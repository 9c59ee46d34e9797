import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bench, openBench } from '../cli/world.ts'
import { lookAt } from '../support/look.ts'
import { packFiles, type RulesSite, startRulesSite } from '../support/rules-site.ts'

let site: RulesSite
let bench: Bench
let config: string
beforeEach(async () => {
  site = await startRulesSite()
  bench = openBench()
  config = site.configure(`url: '${site.url}', minisign: '${site.keys.publicKey}'`)
})
afterEach(async () => {
  bench.remove()
  await site.close()
})

const defs = (...args: string[]) => bench.run([...args, '--json', '--config', config])
const codes = (ran: Awaited<ReturnType<typeof defs>>) =>
  ran.json.findings.map(({ code, repaired }: { code: string; repaired: boolean }) => `${code} ${repaired}`)

describe("the store's own authority after a power cut", () => {
  it.each<[string, (whole: Buffer) => Buffer]>([
    ['empty', () => Buffer.alloc(0)],
    ['full of zeros', (whole) => Buffer.alloc(whole.length)],
    ['cut off', (whole) => whole.subarray(0, whole.length / 2)],
  ])('%s: doctor finds it and mends it, an update goes on by itself', async (_, damage) => {
    site.publish({ at: '2026-11-20T06:00:00Z', files: packFiles(10, 'first') })
    expect((await defs('update')).json).toMatchObject({ changed: true })
    const file = join(site.store, 'state', 'authority.pem')
    const whole = readFileSync(file)
    writeFileSync(file, damage(whole))
    const look = await defs('doctor')
    expect([look.code, codes(look)]).toEqual([6, expect.arrayContaining(['authority-damaged false'])])
    site.publish({ at: '2026-11-21T06:00:00Z', files: packFiles(11, 'second') })
    expect((await defs('update')).json).toMatchObject({ exitCode: 0, changed: true, current: '20261121.001' })
    expect(lookAt(site.store)).toMatchObject({ current: '20261121.001', damage: [], leftovers: [] })
    expect((await defs('verify')).json).toMatchObject({ exitCode: 0 })

    writeFileSync(file, damage(readFileSync(file)))
    const repair = await defs('doctor', '--repair')
    expect(codes(repair)).toContain('authority-damaged true')
    // What the lost one sealed is fetched anew, the same revision too.
    expect((await defs('update')).json).toMatchObject({ exitCode: 0, current: '20261121.001' })
    expect((await defs('verify')).code).toBe(0)
    expect(codes(await defs('doctor'))).toEqual([])
  })
})
