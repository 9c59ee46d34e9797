import type { Admitted, Heard } from '../roster.ts'
import type { World } from '../world.ts'
import { readHeard, writeHeard } from './admitted.ts'
import type { Ground } from './ground.ts'
import { beginAnew, RefusalTeller, SilenceTeller, takeIn } from './hearing.ts'

/** How often what was heard of a large fleet is written. Milliseconds. */
const keepEvery = 5000

/** A fleet with fewer hosts is small: what it says is written at once. */
const large = 500

/** Hears what hosts report, remembers the newest of each, and tells who is silent and what is not believed. */
export class Listener {
  /** By name. */
  heard = new Map<string, Heard>()
  readonly #ground: Ground
  readonly #forged: RefusalTeller
  readonly #silent: SilenceTeller
  #touched: Set<string> | null = null
  #keptAt = 0
  #isDirty = false
  #wasAway = false
  #wasUp = false

  constructor(ground: Ground) {
    this.#ground = ground
    this.#forged = new RefusalTeller(ground.tell)
    this.#silent = new SilenceTeller(ground.tell)
  }

  /** Remembers what was heard until the controller before it ended. */
  async begin(): Promise<void> {
    const { paths, disk } = this.#ground
    this.heard = await readHeard(paths.heard, disk)
    this.#touched = null
  }

  async listen(admitted: ReadonlyMap<string, Admitted>): Promise<void> {
    const { feed, now, policy, tell } = this.#ground
    const raw = await feed.take()
    const { state, reason, kind } = feed.state()
    if (state === 'away' && !this.#wasAway) tell('bus.away', { reason: reason ?? 'unknown' })
    if (state === 'up' && this.#wasAway)
      tell('bus.back', { reason: kind === 'nats' ? 'the bus' : 'the folder' })
    // A host cannot say how it ended while nobody can hear it: its time begins again.
    const moment = now().getTime()
    const again = state === 'up' && (this.#wasAway || !this.#wasUp)
    if (again && kind === 'nats') this.#touch(beginAnew(this.heard, moment))
    this.#wasUp ||= state === 'up'
    this.#wasAway = state === 'away'
    const { news, touched, refused } = takeIn(raw, policy.name, admitted, this.heard, moment)
    this.#touch(touched)
    if (touched.length > 0) this.#isDirty = true
    this.#silent.heard(news)
    this.#forged.take(refused, moment)
    // Whoever only looks reads what is kept.
    if (this.heard.size < large || moment - this.#keptAt >= keepEvery) await this.keep()
  }

  /** Names of whom something was heard since this was asked last; null when it may be any. */
  takeTouched(): ReadonlySet<string> | null {
    const touched = this.#touched
    this.#touched = new Set()
    return touched
  }

  tellSilent(world: World): void {
    this.#silent.take(world)
  }

  /** Writes down what was heard, if there is something new. */
  async keep(): Promise<void> {
    if (!this.#isDirty) return
    const { paths, disk, now } = this.#ground
    this.#keptAt = now().getTime()
    await writeHeard(paths.heard, this.heard, disk)
    this.#isDirty = false
  }

  #touch(names: readonly string[]): void {
    for (const name of names) this.#touched?.add(name)
  }
}
