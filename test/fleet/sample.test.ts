import { expect, it } from 'vitest'
import { random } from '../support/random.ts'
import { a, b, Fleet, policy, ring } from './world.ts'

const canaries = Array.from({ length: 91 }, (_, index) => `canary-${index}`)
const others = ['broad-1', 'broad-2']

it('keeps a set that fails on 5 % of 91 canaries from the next ring, for 200 seeds of 200', () => {
  let unseen = 0
  let halted = 0
  let passedOn = 0
  for (let seed = 1; halted + passedOn < 200; seed++) {
    const draw = random(seed)
    const bad = new Set(canaries.filter(() => draw() < 0.05))
    // Nothing that is not there can be seen: with 91 hosts that is one seed in a hundred (0.95^91 = 0.9 %).
    if (bad.size === 0) {
      unseen += 1
      continue
    }
    const fleet = new Fleet(policy([ring('canary', { soak: 0 }), ring('broad', { soak: 0 })]), [
      ...canaries,
      ...others,
    ])
    fleet.publish(a)
    fleet.offer('canary', a)
    fleet.offer('broad', a)
    for (const host of [...canaries, ...others]) fleet.proves(host, a)
    fleet.settle()
    fleet.publish(b)
    fleet.settle()
    // Each takes it and says so before it says how that ended, in an order of its own.
    const taking = { set: b, outcome: null, exitCode: null, error: null, at: fleet.now.toISOString() }
    for (const host of canaries)
      fleet.says(host, { phase: 'taking', current: a, inUse: a, candidate: taking })
    const order = canaries.map((host) => ({ host, at: draw() })).toSorted((one, other) => one.at - other.at)
    for (const { host } of order.slice(0, 45)) if (!bad.has(host)) fleet.proves(host, b)
    fleet.settle()
    for (const { host } of order) {
      if (bad.has(host)) fleet.fails(host, b, a)
      else fleet.proves(host, b)
    }
    fleet.settle()
    if (fleet.channels.get('broad')?.set === a && fleet.channels.get('canary')?.set === a) halted += 1
    else passedOn += 1
  }
  expect({ halted, passedOn }).toEqual({ halted: 200, passedOn: 0 })
  expect(unseen).toBeLessThan(10)
})
