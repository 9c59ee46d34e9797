import type { HostStatus } from './status.ts'

/** How old the definitions on the hosts of one ring were at one moment. */
export interface AgeSample {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Hosts with definitions. */
  readonly hosts: number
  /** Age below which half of them are. Seconds, as the next two. */
  readonly p50: number
  readonly p95: number
  readonly max: number
}

/** The samples of each ring, oldest first. */
export type RingAges = ReadonlyMap<string, readonly AgeSample[]>

/** How often a sample is taken, and how long it is kept. Milliseconds. */
export const sampleEvery = 15 * 60_000
export const samplesKept = 7 * 24 * 60 * 60_000

/** One sample of each ring; none of a ring without definitions. */
export function sampleAges(hosts: readonly HostStatus[], now: Date): ReadonlyMap<string, AgeSample> {
  const ages = new Map<string, number[]>()
  for (const { ring, ageSeconds } of hosts) {
    if (ring === null || ageSeconds === null) continue
    const known = ages.get(ring)
    if (known) known.push(ageSeconds)
    else ages.set(ring, [ageSeconds])
  }
  const samples = [...ages].map(([ring, all]) => {
    const sorted = all.toSorted((a, b) => a - b)
    const [p50, p95, max] = [50, 95, 100].map((percent) => percentile(sorted, percent))
    return [ring, { at: now.getTime(), hosts: all.length, p50, p95, max }] as const
  })
  return new Map(samples as [string, AgeSample][])
}

/** The smallest value that so many percent are not above. @param sorted rising, at least one */
function percentile(sorted: readonly number[], percent: number): number | undefined {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]
}

/** The samples with one more, without those that are too old, or of a clock that was put back. */
export function withSample(
  ages: RingAges,
  rings: readonly string[],
  sample: ReadonlyMap<string, AgeSample>,
  now: Date,
): RingAges {
  const [oldest, newest] = [now.getTime() - samplesKept, now.getTime()]
  return new Map(
    rings.map((ring) => {
      const kept = (ages.get(ring) ?? []).filter(({ at }) => at >= oldest && at < newest)
      const one = sample.get(ring)
      return [ring, one ? [...kept, one] : kept]
    }),
  )
}

/** One sample of each step, the last one in it. @param from milliseconds since 1970 @param step milliseconds */
export function thinned(samples: readonly AgeSample[], from: number, step: number): AgeSample[] {
  const steps = new Map<number, AgeSample>()
  for (const sample of samples) if (sample.at >= from) steps.set(Math.floor(sample.at / step), sample)
  return [...steps.values()]
}
