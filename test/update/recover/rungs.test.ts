import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareSetNames, type SetName, setName } from '../../../src/set-name.ts'
import { candidatesBelow } from '../../../src/update/recover/take-back.ts'

const anySet = fc
  .tuple(fc.integer({ min: 1, max: 28 }), fc.integer({ min: 1, max: 4 }))
  .map(([day, revision]) => setName(2026, 11, day, revision) as SetName)
const disk = fc.uniqueArray(anySet, { maxLength: 12 })

/** A store as the ladder sees it: which sets lie there, which are good, which barred, what is current. */
const anyStore = disk.chain((sets) =>
  fc.record({
    sets: fc.constant(sets),
    good: fc.subarray(sets),
    barred: fc.subarray(sets),
    current: fc.option(sets.length > 0 ? fc.oneof(fc.constantFrom(...sets), anySet) : anySet, { nil: null }),
  }),
)

function choose(store: { sets: SetName[]; good: SetName[]; barred: SetName[]; current: SetName | null }) {
  const { current, good, sets, barred } = store
  if (current !== null && good.includes(current)) return current
  return candidatesBelow(current, sets, barred).find((set) => good.includes(set)) ?? null
}

describe('the choice of the failure ladder', () => {
  it('is never a bad set, and none only when none is good', () => {
    fc.assert(
      fc.property(anyStore, (store) => {
        const chosen = choose(store)
        if (chosen === null) expect(store.good).toEqual([])
        else expect(store.good).toContain(chosen)
      }),
    )
  })

  it('is the newest good one of the best sort: earlier, then newer, then barred', () => {
    fc.assert(
      fc.property(anyStore, (store) => {
        const { current, good, barred } = store
        const chosen = choose(store)
        if (chosen === null || chosen === current) return
        const free = good.filter((set) => !barred.includes(set))
        const earlier = free.filter((set) => current === null || compareSetNames(set, current) < 0)
        const best = [earlier, free, good].find((sort) => sort.length > 0) ?? []
        expect(chosen).toBe(best.toSorted(compareSetNames).at(-1))
      }),
    )
  })

  it('stays good through any life: damage, updates, rollbacks and repairs in any order', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('damage' as const), at: fc.nat() }),
      fc.record({ kind: fc.constant('update' as const), set: anySet }),
      fc.record({ kind: fc.constant('rollback' as const), at: fc.nat() }),
      fc.record({ kind: fc.constant('lose pointer' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const store = {
          sets: [] as SetName[],
          good: [] as SetName[],
          barred: [] as SetName[],
          current: null as SetName | null,
        }
        for (const one of steps) {
          if (one.kind === 'damage')
            store.good = store.good.filter((_, index) => index !== one.at % store.good.length)
          if (one.kind === 'lose pointer') store.current = null
          if (one.kind === 'update') {
            store.sets = [...new Set([...store.sets, one.set])]
            store.good = [...new Set([...store.good, one.set])]
            store.current = one.set
          }
          if (one.kind === 'rollback' && store.current !== null && store.good.length > 0) {
            store.barred = [...store.barred, store.current]
            store.current = store.good[one.at % store.good.length] ?? null
          }
          // The ladder is walked at the start of every run, and what it met that is bad is moved away.
          const chosen = choose(store)
          const { good } = store
          store.sets = store.sets.filter((set) => good.includes(set) || set !== store.current)
          store.current = chosen
          expect(chosen === null ? good.length === 0 : good.includes(chosen)).toBe(true)
        }
      }),
    )
  })
})
