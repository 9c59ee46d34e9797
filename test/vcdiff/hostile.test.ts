import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { DefsError, type ErrorCode } from '../../src/error.ts'
import { type HandMade, handMadePatch, header } from './hand-made.ts'
import { noise, Workbench } from './workbench.ts'

const bench = new Workbench()
afterAll(() => bench.close())

const base = noise(2_000, 'base')
const maxBytes = 100_000
const refusals: readonly ErrorCode[] = [
  'ARCHIVE_CORRUPT',
  'ARCHIVE_TRUNCATED',
  'ARCHIVE_UNSUPPORTED',
  'ARCHIVE_BOMB_TOTAL',
  'ARCHIVE_TOO_MANY',
]

/** Applied or refused as it should be; anything else fails the test. Returns whether it was applied. */
async function stands(patch: Uint8Array): Promise<boolean> {
  try {
    const made = await bench.apply(base, patch, { maxBytes })
    expect(made.length).toBeLessThanOrEqual(maxBytes)
    return true
  } catch (error) {
    if (!(error instanceof DefsError)) throw error
    expect(refusals).toContain(error.code)
    expect(bench.outputExists).toBe(false)
    return false
  }
}

describe('whatever the patch, it is applied within bounds or refused', () => {
  it('of random bytes', async () => {
    const anything = fc.uint8Array({ maxLength: 300 })
    const begun = anything.map((bytes) => Buffer.concat([Buffer.from(header), bytes]))
    await fc.assert(
      fc.asyncProperty(fc.oneof(anything, begun), async (patch) => void (await stands(patch))),
      {
        numRuns: 1_000,
      },
    )
  })

  it('of one of ours with bytes changed', async () => {
    const target = Buffer.concat([
      base.subarray(900),
      noise(300, 'new'),
      Buffer.alloc(99),
      base.subarray(0, 999),
    ])
    const patch = await bench.make(base, target)
    const edits = fc.array(fc.tuple(fc.nat(patch.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    })
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        const changed = Buffer.from(patch)
        for (const [at, bits] of changes) changed[at] = (changed[at] ?? 0) ^ bits
        await stands(changed)
      }),
      { numRuns: 1_000 },
    )
  })

  it('of windows with sensible frames and random instructions', async () => {
    const section = (maxLength: number) =>
      fc.uint8Array({ maxLength }).map((bytes) => [...bytes] as readonly number[])
    const windowOf: fc.Arbitrary<HandMade> = fc.record({
      flags: fc.constantFrom(1, 2),
      segment: fc.constantFrom<[number, number]>([2_000, 0], [4, 0], [0, 0], [1_000, 1_000]),
      targetLength: fc.integer({ min: 0, max: 60 }),
      data: section(60),
      // Mostly codes whose size is inside them, so that some windows come out right.
      instructions: fc.array(fc.oneof(fc.integer({ min: 2, max: 40 }), fc.nat(255)), { maxLength: 5 }),
      addresses: section(5),
    })
    const windows = fc.array(windowOf, { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(windows, async (made) => void (await stands(handMadePatch(...made)))),
      { numRuns: 1_000 },
    )
  })

  it('and the tests above can tell the difference', async () => {
    expect(await stands(await bench.make(base, base))).toBe(true)
    expect(await stands(handMadePatch({ targetLength: 1 }))).toBe(false)
  })
})
