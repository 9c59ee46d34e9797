/** Times of a day that are all combinations of some hours, minutes and seconds. */
export interface ClockGroup {
  readonly hours: readonly number[]
  readonly minutes: readonly number[]
  readonly seconds: readonly number[]
}

/** Splits times (milliseconds after midnight) into few groups, for formats that only know combinations. */
export function clockGroups(times: readonly number[]): ClockGroup[] {
  const seconds = times.map((time) => Math.floor(time / 1000))
  return products(seconds, 3600).flatMap(({ high: hours, low: rests }) =>
    products(rests, 60).map(({ high: minutes, low }) => ({ hours, minutes, seconds: low })),
  )
}

interface Product {
  readonly high: readonly number[]
  readonly low: readonly number[]
}

/** The values as combinations `high * base + low`, found from either side; the fewer win. */
function products(values: readonly number[], base: number): Product[] {
  const highOf = (value: number) => Math.floor(value / base)
  const lowOf = (value: number) => value % base
  const byHigh = alike(values, highOf, lowOf).map(({ keys, rests }) => ({ high: keys, low: rests }))
  const byLow = alike(values, lowOf, highOf).map(({ keys, rests }) => ({ high: rests, low: keys }))
  return byLow.length < byHigh.length ? byLow : byHigh
}

type Part = (value: number) => number

/** Keys that have the same rests, together. */
function alike(values: readonly number[], keyOf: Part, restOf: Part): { keys: number[]; rests: number[] }[] {
  const restsOf = new Map<number, number[]>()
  for (const value of values) {
    const rests = restsOf.get(keyOf(value))
    if (rests) rests.push(restOf(value))
    else restsOf.set(keyOf(value), [restOf(value)])
  }
  const groups = new Map<string, { keys: number[]; rests: number[] }>()
  for (const [key, rests] of restsOf) {
    const group = groups.get(rests.join())
    if (group) group.keys.push(key)
    else groups.set(rests.join(), { keys: [key], rests })
  }
  return [...groups.values()]
}
