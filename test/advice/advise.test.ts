import { describe, expect, it } from 'vitest'
import type { Configured, Facts } from '../../src/advice/advise.ts'
import { advise, methods } from '../../src/advice/advise.ts'
import type { SourceKind } from '../../src/config/options/source.ts'
import { sourceKinds } from '../../src/source/kinds.ts'

const kinds = Object.keys(sourceKinds) as SourceKind[]
const none: Configured = { source: null, reachable: null }
const works = (source: string): Configured => ({ source, reachable: true })

function facts(given: Partial<Omit<Facts, 'methods'>> & { methods?: Partial<Facts['methods']> } = {}): Facts {
  const empty = Object.fromEntries(kinds.map((kind) => [kind, none])) as Facts['methods']
  return {
    ports: { 80: null, 443: null, 21: null },
    knocks: [],
    neighbour: null,
    wanCost: null,
    ...given,
    methods: { ...empty, ...given.methods },
  }
}

const neighbour = { path: '/opt/x', version: '12.0', refusal: null }
const all = facts({
  ports: { 80: true, 443: true, 21: true },
  neighbour,
  methods: { internal: works('lan') },
})
const order = (given: Facts) => advise(given).map(({ method }) => method)
const possible = (given: Facts) =>
  advise(given)
    .filter((one) => one.possible)
    .map(({ method }) => method)

describe('advise', () => {
  it('puts the vendor of the engine first where it is configured, and is silent of it elsewhere', () => {
    expect(order(facts({ methods: { clamav: works('clamav') } }))[0]).toBe('clamav')
    expect(possible(facts({ methods: { clamav: works('clamav') } }))).toEqual(['clamav'])
    expect(possible(facts({ methods: { rules: { source: 'et', reachable: false } } }))).toEqual([])
    expect(order(all)).not.toContain('clamav')
  })

  it('knows each kind of source once, and says something for and against it', () => {
    // These bring definitions of other engines: no choice for the same scanner.
    const others = ['clamav', 'rules', ...methods.map(({ method }) => method)]
    expect(others.toSorted()).toEqual(kinds.toSorted())
    for (const { reason, drawback } of advise(all))
      expect([reason, drawback]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)])
  })

  it('begins with the default, and with what saves traffic where that is dear', () => {
    expect(order(all)).toEqual([
      'liveupdate',
      'shared-sep',
      'internal',
      'rapid-release',
      'intelligent-updater',
    ])
    expect(order({ ...all, wanCost: 'low' })).toEqual(order(all))
    expect(order({ ...all, wanCost: 'high' })).toEqual([
      'shared-sep',
      'internal',
      'liveupdate',
      'rapid-release',
      'intelligent-updater',
    ])
  })

  it('puts what cannot work last', () => {
    expect(possible(facts())).toEqual([])
    expect(possible(facts({ ports: { 80: false, 443: true, 21: false } }))).toEqual(['liveupdate'])
    const ftpOnly = facts({ ports: { 80: false, 443: false, 21: true } })
    expect(possible(ftpOnly)).toEqual(['rapid-release', 'intelligent-updater'])
    expect(order(ftpOnly)[0]).toBe('rapid-release')
    expect(possible(facts({ neighbour }))).toEqual(['shared-sep'])
    expect(possible(facts({ neighbour: { ...neighbour, refusal: 'too new' } }))).toEqual([])
    const silent = { source: 'lan', reachable: false }
    expect(possible(facts({ methods: { internal: silent } }))).toEqual([])
    expect(possible(facts({ methods: { internal: works('lan') } }))).toEqual(['internal'])
  })

  it('believes a configured source more than the ports of others', () => {
    const elsewhere = facts({
      ports: { 80: false, 443: false, 21: false },
      methods: { liveupdate: works('odd-port'), 'intelligent-updater': works('drop') },
    })
    expect(possible(elsewhere)).toEqual(['liveupdate', 'intelligent-updater'])
    const dead = { source: 'vendor', reachable: false }
    const open = facts({ ports: { 80: true, 443: true, 21: true }, methods: { liveupdate: dead } })
    expect(possible(open)).not.toContain('liveupdate')
    expect(advise(elsewhere)[0]).toMatchObject({ method: 'liveupdate', source: 'odd-port' })
  })
})
