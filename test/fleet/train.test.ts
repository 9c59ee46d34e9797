import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../src/fleet/train.ts'
import { parseSetName, type SetName } from '../../src/set-name.ts'
import { a, b, c, Fleet, policy, ring } from './world.ts'

const canaries = ['canary-1', 'canary-2', 'canary-3', 'canary-4', 'canary-5']
const others = ['broad-1', 'broad-2', 'broad-3']

function twoRings(more: Parameters<typeof policy>[1] = {}, first: Parameters<typeof ring>[1] = {}): Fleet {
  const fleet = new Fleet(policy([ring('canary', first), ring('broad', { soak: 0 })], more), [
    ...canaries,
    ...others,
  ])
  fleet.publish(a)
  fleet.offer('canary', a)
  fleet.offer('broad', a)
  for (const host of [...canaries, ...others]) fleet.proves(host, a)
  fleet.settle()
  return fleet
}

const offers = (fleet: Fleet) => [fleet.channels.get('canary')?.set, fleet.channels.get('broad')?.set]

describe('the train', () => {
  it('takes what the rings offer at the beginning as passed', () => {
    const fleet = twoRings()
    expect([fleet.view('canary').state, fleet.view('broad').state]).toEqual(['passed', 'passed'])
    expect(fleet.done.map(({ do: what }) => what)).toEqual(['start'])
  })

  it('opens the next ring only when the one before has proved the set and soaked', () => {
    const fleet = twoRings()
    fleet.publish(b)
    fleet.settle()
    expect(offers(fleet)).toEqual([b, a])
    expect(fleet.view('canary').state).toBe('opening')
    for (const host of canaries.slice(0, 3)) fleet.proves(host, b)
    fleet.settle()
    expect(fleet.view('canary').state).toBe('judging')
    fleet.proves('canary-4', b)
    fleet.settle()
    expect(fleet.view('canary')).toMatchObject({
      state: 'soaking',
      soakEnds: fleet.now.getTime() + 600_000,
    })
    fleet.later(9)
    fleet.settle()
    expect(offers(fleet)).toEqual([b, a])
    fleet.later(2)
    fleet.settle()
    expect(offers(fleet)).toEqual([b, b])
    for (const host of others) fleet.proves(host, b)
    fleet.settle()
    expect(fleet.done.at(-1)).toEqual({ do: 'complete', set: b })
  })

  it('halts everywhere at one failure too many, and goes back to what had passed', () => {
    const fleet = twoRings()
    fleet.publish(b)
    fleet.settle()
    for (const host of canaries.slice(0, 4)) fleet.proves(host, b)
    fleet.fails('canary-5', b, a)
    fleet.later(60)
    fleet.settle()
    expect(offers(fleet)).toEqual([a, a])
    expect([...fleet.channels.values()].map(({ withdrawn }) => withdrawn)).toEqual([[b], [b]])
    expect(fleet.view('canary')).toMatchObject({ state: 'halted', set: a })
    expect(fleet.view('broad')).toMatchObject({ state: 'passed', set: a })
    fleet.publish(c)
    fleet.settle()
    expect(offers(fleet)).toEqual([c, a])
  })

  // It said 'passed' of a set that nobody had passed and somebody had halted, as soon as a newer one was on its way.
  it('stays halted in a ring that has nothing to go back to, until that takes a newer one', () => {
    const fleet = new Fleet(policy([ring('canary', { soak: 0 }), ring('broad', { soak: 0 })]), [
      ...canaries,
      ...others,
    ])
    fleet.settle()
    fleet.publish(a)
    fleet.settle()
    for (const host of canaries) fleet.proves(host, a)
    fleet.settle()
    fleet.fails('broad-1', a, null)
    fleet.settle()
    expect(fleet.view('broad')).toMatchObject({ state: 'halted', set: a })
    fleet.publish(b)
    fleet.settle()
    expect(offers(fleet)).toEqual([b, a])
    expect(fleet.view('canary').state).toBe('opening')
    const reason = expect.stringContaining(`${a} was halted`)
    expect(fleet.view('broad')).toMatchObject({ state: 'halted', set: a, reason })
    for (const host of canaries) fleet.proves(host, b)
    fleet.settle()
    expect(fleet.view('broad')).toMatchObject({ state: 'opening', set: b })
  })

  it('halts a set that fails in a ring after that ring passed it', () => {
    const fleet = twoRings()
    fleet.publish(b)
    fleet.settle()
    for (const host of canaries) fleet.proves(host, b)
    fleet.settle()
    fleet.later(11)
    fleet.settle()
    expect(offers(fleet)).toEqual([b, b])
    fleet.fails('canary-2', b, a)
    fleet.settle()
    expect(offers(fleet)).toEqual([a, a])
  })

  it('does not pass a ring while one of its hosts is in the middle of it, and halts when that one is lost', () => {
    const fleet = twoRings({}, { soak: 0 })
    fleet.publish(b)
    fleet.settle()
    const at = fleet.now.toISOString()
    const candidate = { set: b, outcome: null, exitCode: null, error: null, at }
    fleet.says('canary-5', { phase: 'taking', current: a, inUse: a, candidate })
    for (const host of canaries.slice(0, 4)) fleet.proves(host, b)
    fleet.settle()
    fleet.later(19)
    fleet.settle()
    expect(offers(fleet)).toEqual([b, a])
    fleet.later(2)
    fleet.settle()
    expect(offers(fleet)).toEqual([a, a])
    expect(fleet.done.find(({ do: what }) => what === 'evidence')).toMatchObject({
      evidence: [{ host: 'canary-5', outcome: 'lost', class: 'set' }],
    })
  })

  it('blames no set for the trouble of hosts, but stops at too much of it', () => {
    const fleet = twoRings({}, { coverage: 50, troubles: { hosts: 1 } })
    fleet.publish(b)
    fleet.settle()
    for (const host of canaries.slice(0, 3)) fleet.proves(host, b)
    fleet.fails('canary-4', b, a, 'environment')
    fleet.settle()
    expect(fleet.view('canary').state).toBe('soaking')
    fleet.fails('canary-5', b, a, 'environment')
    fleet.later(11)
    fleet.settle()
    expect(fleet.view('canary')).toMatchObject({ state: 'waiting', waits: 'troubles' })
    expect(offers(fleet)).toEqual([b, a])
  })

  it('never passes in silence, and asks a person once its patience is over', () => {
    const fleet = twoRings()
    fleet.publish(b)
    fleet.settle()
    fleet.later(3 * 60)
    fleet.settle()
    expect(fleet.view('canary').state).toBe('opening')
    fleet.later(3 * 60)
    fleet.settle()
    fleet.settle()
    expect(fleet.view('canary')).toMatchObject({ state: 'waiting', waits: 'coverage' })
    expect(fleet.done.filter(({ do: what }) => what === 'wait')).toHaveLength(1)
    fleet.later(30 * 24 * 60)
    fleet.settle()
    expect(offers(fleet)).toEqual([b, a])
    fleet.add({ fact: 'approved', set: b, ring: 'canary', by: 'ada', reason: 'seen by hand' })
    fleet.settle()
    expect(offers(fleet)).toEqual([b, b])
  })

  it('lets no newer set push one out that is being judged, and takes the newest afterwards', () => {
    const fleet = twoRings()
    fleet.publish(b)
    fleet.settle()
    fleet.publish(c)
    const d = parseSetName('20261122.002')
    fleet.publish(d)
    for (const host of canaries) fleet.proves(host, b)
    fleet.settle()
    expect(offers(fleet)).toEqual([b, a])
    fleet.later(11)
    fleet.settle()
    expect(offers(fleet)).toEqual([d, b])
  })

  it('judges what somebody promoted by hand', () => {
    const fleet = twoRings()
    fleet.publish(b)
    fleet.offer('broad', b)
    fleet.settle()
    expect(fleet.view('broad').state).toBe('opening')
    fleet.fails('broad-1', b, a)
    fleet.settle()
    expect(offers(fleet)).toEqual([a, a])
  })

  it('waits for approval, windows and the end of a freeze, each told once', () => {
    const waiting = new Fleet(
      policy([ring('canary', { approve: true })], {
        windows: [{ ring: 'canary', days: ['mon'], from: '06:00', to: '22:00' }],
        freeze: [{ from: '2026-11-22', to: '2026-11-22', reason: 'change freeze' }],
      }),
      canaries,
    )
    waiting.publish(a)
    waiting.offer('canary', a)
    waiting.settle()
    waiting.publish(b)
    waiting.settle()
    expect(waiting.view('canary').state).toBe('frozen')
    waiting.later(24 * 60)
    waiting.settle()
    expect(waiting.view('canary')).toMatchObject({ state: 'waiting', waits: 'approval' })
    waiting.add({ fact: 'approved', set: b, ring: 'canary', by: 'ada', reason: null })
    waiting.later(18 * 60)
    waiting.settle()
    expect(waiting.view('canary')).toMatchObject({ state: 'waiting', waits: 'window' })
    waiting.later(7 * 24 * 60 - 18 * 60)
    waiting.settle()
    expect(waiting.channels.get('canary')?.set).toBe(b)
    expect(waiting.done.filter(({ do: what }) => what === 'wait' || what === 'freeze')).toHaveLength(3)
  })

  it('takes an urgent set through a freeze, the canaries first', () => {
    const fleet = twoRings({ freeze: [{ from: '2026-11-20', to: '2026-12-01', reason: 'x' }] })
    fleet.publish(b)
    fleet.settle()
    expect(offers(fleet)).toEqual([a, a])
    fleet.add({ fact: 'urgent', set: b, by: 'ada', reason: 'worm' })
    fleet.settle()
    expect(offers(fleet)).toEqual([b, a])
    for (const host of canaries) fleet.proves(host, b)
    fleet.settle()
    expect(offers(fleet)).toEqual([b, a])
    fleet.later(2)
    fleet.settle()
    expect(offers(fleet)).toEqual([b, b])
  })

  it('opens nothing while what is signed is past its end', () => {
    const fleet = twoRings()
    fleet.publish(b)
    fleet.fresh = false
    fleet.settle()
    expect(offers(fleet)).toEqual([a, a])
  })

  it('rests after a halt until somebody resumes, with onHalt: pause-all', () => {
    const fleet = twoRings({ onHalt: 'pause-all' })
    fleet.publish(b)
    fleet.settle()
    fleet.fails('canary-1', b, a)
    fleet.settle()
    fleet.publish(c)
    fleet.later(1)
    fleet.settle()
    expect(offers(fleet)).toEqual([a, a])
    expect(fleet.view('canary').state).toBe('paused')
    fleet.add({ fact: 'resumed', ring: null, by: 'ada', reason: null })
    fleet.settle()
    expect(offers(fleet)).toEqual([c, a])
  })
})

/** What may happen to a fleet of two rings, in any order. */
type Step = readonly ['publish' | 'prove' | 'refuse' | 'take' | 'wait' | 'hold', number]

const steps = fc.array(
  fc.tuple(
    fc.constantFrom('publish', 'prove', 'prove', 'prove', 'refuse', 'take', 'wait', 'hold'),
    fc.nat(40),
  ) as fc.Arbitrary<Step>,
  { maxLength: 60 },
)

function walk(fleet: Fleet, all: readonly Step[], look: (fleet: Fleet) => void): void {
  let number = 1
  for (const [what, pick] of all) {
    const hosts = [...canaries, ...others]
    const host = hosts[pick % hosts.length] ?? ''
    const set = fleet.channels.get(host.startsWith('canary') ? 'canary' : 'broad')?.set ?? a
    const had = fleet.heard.get(host)?.report.current ?? null
    const at = fleet.now.toISOString()
    if (what === 'publish') {
      const made = parseSetName(`20261122.${String(++number).padStart(3, '0')}`)
      fleet.publish(made)
    } else if (what === 'prove') fleet.proves(host, set)
    else if (what === 'refuse') fleet.fails(host, set, had)
    else if (what === 'hold' && had) fleet.says(host, { current: had, inUse: had, holds: [had] })
    else if (what === 'take') {
      const candidate = { set, outcome: null, exitCode: null, error: null, at }
      fleet.says(host, { phase: 'taking', current: had, inUse: had, candidate })
    } else fleet.later(pick)
    fleet.settle()
    look(fleet)
  }
}

describe('whatever happens to a fleet', () => {
  it('never offers a set to a ring that the ring before has not passed, nor one that was halted', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const fleet = twoRings()
        walk(fleet, all, () => {
          const { known } = fleet.world()
          const [first, second] = offers(fleet) as [SetName, SetName]
          expect(known.sets.get(second)?.rings.get('canary')?.passed).toBeTruthy()
          for (const [name, set] of [
            ['canary', first],
            ['broad', second],
          ] as const) {
            // Only where a ring never passed another one is there nothing to go back to.
            const better = [...known.sets.values()].some(
              ({ barred, rings }) => !barred && rings.get(name)?.passed,
            )
            if (better) expect(known.sets.get(set)?.barred ?? null).toBeNull()
          }
          const refused = [...known.sets].filter(([, { evidence }]) =>
            evidence.some((one) => one.class === 'set'),
          )
          for (const [, facts] of refused) expect(facts.barred).not.toBeNull()
        })
      }),
      { numRuns: 60 },
    )
  })

  it('decides the same again after every decision: nothing is done twice', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const fleet = twoRings()
        walk(fleet, all, () => expect(decide(fleet.world()).actions).toEqual([]))
        const opened = fleet.done.flatMap((one) => (one.do === 'open' ? [`${one.ring} ${one.set}`] : []))
        expect(new Set(opened).size).toBe(opened.length)
      }),
      { numRuns: 60 },
    )
  })
})
