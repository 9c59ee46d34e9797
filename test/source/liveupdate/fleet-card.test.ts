import { expect, it } from 'vitest'
import { ringOf } from '../../../src/source/liveupdate/fleet-card.ts'
import { processorTime } from '../../support/processor-time.ts'
import { random } from '../../support/random.ts'

const isIn = (glob: string, host: string) =>
  ringOf(
    { salt: 's', rings: [{ name: 'r', channel: 'r', hosts: [glob], labels: {}, share: null, maxAge: 1 }] },
    host,
    {},
  )?.why === 'glob'

it('a glob of a card stands for the hosts that the expression of it does', () => {
  const draw = random(7)
  const word = (letters: string, most: number) =>
    Array.from(
      { length: Math.floor(draw() * most) },
      () => letters[Math.floor(draw() * letters.length)],
    ).join('')
  const met = { yes: 0, no: 0 }
  for (let times = 0; times < 20_000; times += 1) {
    const [glob, host] = [word('ab*?', 7), word('ab', 7)]
    const form = glob.replace(/\*/g, '.*').replace(/\?/g, '.')
    const wanted = new RegExp(`^${form}$`).test(host)
    expect(`${glob} ${host} ${isIn(glob, host)}`).toBe(`${glob} ${host} ${wanted}`)
    met[wanted ? 'yes' : 'no'] += 1
  }
  expect(Math.min(met.yes, met.no)).toBeGreaterThan(500)
  expect(isIn('a.c', 'abc')).toBe(false)
})

it('a glob of many stars takes no time', async () => {
  const glob = `${'a*'.repeat(7)}b`
  expect(await processorTime(() => expect(isIn(glob, 'a'.repeat(64))).toBe(false))).toBeLessThan(200)
})
