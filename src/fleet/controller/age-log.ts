import { count, listOf, object, tableOf } from '../../disk/json-shape.ts'
import { type AgeSample, type RingAges, sampleAges, sampleEvery, withSample } from '../ages.ts'
import { hostStatuses } from '../view.ts'
import type { World } from '../world.ts'
import type { Ground } from './ground.ts'

interface Place {
  readonly paths: Pick<Ground['paths'], 'ages'>
  readonly disk: Pick<Ground['disk'], 'read' | 'replace'>
}

const shape = object({
  rings: tableOf(listOf(object<AgeSample>({ at: count, hosts: count, p50: count, p95: count, max: count }))),
})

/** What is kept; none where there is no file, or none that can be read: it is worth no failure. */
export async function readAges({ paths, disk }: Place): Promise<RingAges> {
  try {
    const text = await disk.read(paths.ages)
    const kept = text === null ? undefined : shape(JSON.parse(text))
    return new Map(Object.entries(kept?.rings ?? {}))
  } catch {
    return new Map()
  }
}

/** Keeps how old the definitions of the hosts are, four times an hour, for a week. */
export class AgeLog {
  private readonly place: Place
  private ages: RingAges | null = null

  constructor(place: Place) {
    this.place = place
  }

  /** To be called at each look; takes a sample when one is due. @throws STORE_* */
  async take(world: World): Promise<void> {
    const { now, policy } = world
    const ages = this.ages ?? (await readAges(this.place))
    this.ages = ages
    const last = Math.max(0, ...[...ages.values()].map((samples) => samples.at(-1)?.at ?? 0))
    if (Math.abs(now.getTime() - last) < sampleEvery) return
    const sample = sampleAges(hostStatuses(world), now)
    if (sample.size === 0) return
    const rings = policy.rings.map(({ name }) => name)
    this.ages = withSample(ages, rings, sample, now)
    const text = `${JSON.stringify({ schema: 1, rings: Object.fromEntries(this.ages) })}\n`
    await this.place.disk.replace(this.place.paths.ages, text)
  }
}
