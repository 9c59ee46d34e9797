import { expect, it } from 'vitest'
import { HostTable } from '../../src/fleet/host-table.ts'
import { type Admitted, type Heard, hear } from '../../src/fleet/roster.ts'
import { random } from '../support/random.ts'
import { a, b, report } from './world.ts'

const hour = 3_600_000
const rings = [
  { name: 'canary', channel: 'canary', hosts: ['h1*'], labels: {}, share: null, maxAge: 1 },
  { name: 'site', channel: 'site', hosts: [], labels: { site: 'berlin' }, share: null, maxAge: 1 },
  { name: 'broad', channel: 'broad', hosts: [], labels: {}, share: null, maxAge: 1 },
]

it('is, from report to report, what it is when all is put together anew', () => {
  const met = new Map<string, number>()
  const note = (what: string) => met.set(what, (met.get(what) ?? 0) + 1)
  for (let seed = 1; seed <= 40; seed++) {
    const draw = random(seed)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)] as T
    const names = Array.from({ length: 8 }, (_, index) => `h${index}`)
    const keys = ['K1', 'K2', 'K3', 'K4', 'K5', 'K6']
    const table = new HostTable()
    const heard = new Map<string, Heard>()
    let admitted: ReadonlyMap<string, Admitted> = new Map()
    let card = { salt: 's', rings }
    let touched: Set<string> | null = null
    let now = 1000 * hour
    for (let step = 0; step < 60; step++) {
      const name = pick(names)
      const what = draw()
      if (what < 0.15) {
        const entry = { key: pick(keys), labels: draw() < 0.5 ? { site: 'berlin' } : {}, at: 'x' }
        admitted = new Map([...admitted, [name, entry]])
      } else if (what < 0.2) {
        admitted = new Map([...admitted].filter(([one]) => one !== name))
        heard.delete(name)
      } else if (what < 0.25) card = { salt: `s${step}`, rings: rings.slice(step % 2) }
      else if (what < 0.3) now += 13 * hour
      else {
        const before = heard.get(name) ?? null
        const seq = Math.max(1, (before?.report.seq ?? 0) + (draw() < 0.2 ? 0 : 1))
        const said = report(name, {
          seq,
          at: `2026-11-22T00:00:${10 + (step % 50)}.000Z`,
          current: pick([a, b]),
          ring: pick([null, 'broad']),
        })
        const { heard: after, hearing } = hear(before, { report: said, key: pick(keys) }, now)
        heard.set(name, after)
        touched?.add(name)
        note(hearing)
      }
      const about = { touched, now }
      const seen = table.update(admitted, heard, card, about)
      touched = new Set()
      expect(seen).toEqual(new HostTable().update(admitted, heard, card, { touched: null, now }))
      if (seen.some(({ conflict }) => conflict)) note('shown as a conflict')
      if (seen.some(({ admitted: entry }) => entry === null)) note('a stranger')
    }
  }
  for (const what of ['news', 'conflict', 'shown as a conflict', 'a stranger'])
    expect([what, met.get(what) ?? 0]).toEqual([what, expect.toSatisfy((times: number) => times > 50)])
})
