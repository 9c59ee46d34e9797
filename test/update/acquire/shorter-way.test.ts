import { describe, expect, it } from 'vitest'
import type { SetName } from '../../../src/set-name.ts'
import type { Offer, PackageFile } from '../../../src/source/source.ts'
import { chooseIncremental, choosePackage } from '../../../src/update/acquire/acquired.ts'

const packageOf = (name: string, bytes: number | null): PackageFile => ({
  name,
  bytes,
  exact: true,
  digests: [],
  digestTries: 1,
  unpackedBytes: null,
  remotes: [],
  fingerprint: null,
  folder: null,
})

const base = '20261120.003' as SetName
const other = '20261120.002' as SetName

/** An offer of 1000 bytes in full, with incremental packages of these sizes. */
function offerOf(steps: readonly (readonly [SetName, number | null])[], full: number | null = 1000): Offer {
  return {
    source: 'any',
    kind: 'liveupdate',
    set: '20261121.001' as SetName,
    sequence: null,
    grade: 'certified',
    package: packageOf('full', full),
    incremental: steps.map(([from, bytes]) => ({
      base: from,
      package: packageOf(`${from} ${bytes}`, bytes),
    })),
    indexSignedBy: null,
    failedHosts: [],
  }
}

describe('shorterWay', () => {
  it('is the smallest incremental package from the current set', () => {
    const offer = offerOf([
      [base, 30],
      [base, 20],
      [other, 10],
    ])
    expect(chooseIncremental(offer, base)?.name).toBe(`${base} 20`)
    expect(choosePackage(offer, base).name).toBe(`${base} 20`)
  })

  it('passes over an empty one and one of unknown size while there is a good one', () => {
    const offer = offerOf([
      [base, 0],
      [base, null],
      [base, 30],
    ])
    expect(chooseIncremental(offer, base)?.name).toBe(`${base} 30`)
  })

  it('is none when nothing starts from the current set, or there is none', () => {
    expect(chooseIncremental(offerOf([[other, 10]]), base)).toBeNull()
    expect(chooseIncremental(offerOf([[other, 10]]), null)).toBeNull()
    expect(choosePackage(offerOf([[other, 10]]), base).name).toBe('full')
  })

  it.each([0, 1000, 1001, null])('refuses one of %s bytes, where the full one has 1000', (bytes) => {
    const offer = offerOf([[base, bytes]])
    expect(() => chooseIncremental(offer, base)).toThrow(expect.objectContaining({ code: 'FETCH_SIZE' }))
    expect(choosePackage(offer, base).name).toBe('full')
  })

  it('takes one beside a full package of unknown size', () => {
    expect(chooseIncremental(offerOf([[base, 5000]], null), base)?.bytes).toBe(5000)
  })
})
