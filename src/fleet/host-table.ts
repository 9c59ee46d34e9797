import { type CardRing, ringOf } from '../source/liveupdate/fleet-card.ts'
import type { Admitted, Heard, Host } from './roster.ts'

/** How long a conflict is shown after it was seen last. Milliseconds. */
const conflictFor = 24 * 60 * 60 * 1000

/** What of a card says who is in which ring. */
type Placing = { readonly salt: string; readonly rings: readonly Omit<CardRing, 'pick'>[] }

/**
 * What is admitted and what was heard, put together by name and kept from look to look: a report costs the work for its
 * own host, not for all of them.
 */
export class HostTable {
  readonly #hosts = new Map<string, Host>()
  /** Names by the key that they use. */
  readonly #users = new Map<string, Set<string>>()
  readonly #keys = new Map<string, string>()
  /** Hosts of whom a conflict was seen at some time. */
  readonly #conflicts = new Set<string>()
  #admitted: ReadonlyMap<string, Admitted> = new Map()
  #card: Placing = { salt: '', rings: [] }
  #placing = ''
  #rings: ReadonlySet<string> = new Set()
  /** Names in their order; null when one came or went. */
  #order: readonly string[] | null = null

  /**
   * Brings the table up to date.
   * @param touched names of whom something was heard since the last time; null when all may have changed
   * @returns every host, by name; the list is not changed later on
   */
  update(
    admitted: ReadonlyMap<string, Admitted>,
    heard: ReadonlyMap<string, Heard>,
    card: Placing,
    { touched, now }: { readonly touched: Iterable<string> | null; readonly now: number },
  ): readonly Host[] {
    const placing = JSON.stringify([card.salt, card.rings])
    const anew = touched === null || admitted !== this.#admitted || placing !== this.#placing
    if (placing !== this.#placing) this.#rings = new Set(card.rings.map(({ name }) => name))
    ;[this.#admitted, this.#card, this.#placing] = [admitted, card, placing]
    const names = new Set(
      anew ? [...this.#hosts.keys(), ...admitted.keys(), ...heard.keys()] : [...touched, ...this.#conflicts],
    )
    // Who shares a key with one of them may be in a conflict now, or in none any more.
    for (const name of [...names]) for (const other of this.#useKey(name, heard)) names.add(other)
    for (const name of names) this.#place(name, this.#toldBy(name, heard), now)
    this.#order ??= [...this.#hosts.keys()].sort()
    return this.#order.flatMap((name) => this.#hosts.get(name) ?? [])
  }

  /**
   * What counts as said by a host. Rule: of an admitted one only what is signed with the key it was admitted with. Stops:
   * whoever reported under its name before it was admitted, or with a key that was replaced, from counting as the host.
   */
  #toldBy(name: string, heard: ReadonlyMap<string, Heard>): Heard | null {
    const told = heard.get(name) ?? null
    const entry = this.#admitted.get(name)
    return entry === undefined || told?.key === entry.key ? told : null
  }

  /** Notes the key that a name uses. @returns the others whose key is used by one more or one less */
  #useKey(name: string, heard: ReadonlyMap<string, Heard>): readonly string[] {
    const before = this.#keys.get(name)
    const key = this.#toldBy(name, heard)?.key ?? this.#admitted.get(name)?.key
    if (before === key) return []
    const left = before === undefined ? undefined : this.#users.get(before)
    left?.delete(name)
    if (before !== undefined && left?.size === 0) this.#users.delete(before)
    if (key === undefined) this.#keys.delete(name)
    else {
      this.#keys.set(name, key)
      this.#users.set(key, (this.#users.get(key) ?? new Set()).add(name))
    }
    const joined = key === undefined ? undefined : this.#users.get(key)
    return [...(left ?? []), ...(joined !== undefined && joined.size > 1 ? joined : [])]
  }

  #place(name: string, told: Heard | null, now: number): void {
    const entry = this.#admitted.get(name) ?? null
    if (entry === null && told === null) {
      this.#order = null
      this.#hosts.delete(name)
      this.#conflicts.delete(name)
      return
    }
    if (!this.#hosts.has(name)) this.#order = null
    const labels = { ...told?.report.labels, ...entry?.labels }
    const said = told?.report.ring ?? null
    const shared = told !== null && (this.#users.get(told.key)?.size ?? 0) > 1
    const recent = told?.conflictAt != null && now - told.conflictAt < conflictFor
    if (recent) this.#conflicts.add(name)
    else this.#conflicts.delete(name)
    const place =
      said !== null && this.#rings.has(said)
        ? { ring: said, why: told?.report.why ?? null }
        : this.#chosen(name, labels)
    this.#hosts.set(name, {
      name,
      admitted: entry,
      heard: told,
      ...place,
      labels,
      conflict: shared || recent,
    })
  }

  #chosen(name: string, labels: Readonly<Record<string, string>>): Pick<Host, 'ring' | 'why'> {
    const chosen = ringOf(this.#card, name, labels)
    return chosen ? { ring: chosen.ring.name, why: chosen.why } : { ring: null, why: null }
  }
}

/** The same for whoever looks once. */
export function hostsOf(
  admitted: ReadonlyMap<string, Admitted>,
  heard: ReadonlyMap<string, Heard>,
  card: Placing,
  now: number,
): readonly Host[] {
  return new HostTable().update(admitted, heard, card, { touched: null, now })
}
