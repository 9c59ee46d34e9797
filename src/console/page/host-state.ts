import type { Json } from '../facts.ts'
import { at, items, number, word } from './fact.ts'
import { type Html, html, plain } from './html.ts'
import { badge, type PageTone } from './words.ts'

interface StateSaying {
  /** Stands in the cell of the heat map, so that colour is never alone. */
  readonly letter: string
  readonly tone: PageTone
  readonly text: string
}

/** The states of a host as its controller sees it, the gravest first. */
const states: Readonly<Record<string, StateSaying>> = {
  lost: { letter: 'L', tone: 'bad', text: 'took the set and was not heard of again' },
  'rolled-back': { letter: 'B', tone: 'bad', text: 'took the set and went back' },
  refused: { letter: 'R', tone: 'bad', text: 'its gate or scanner refused the set' },
  failed: { letter: 'F', tone: 'bad', text: 'the set could not be taken' },
  environment: { letter: 'E', tone: 'warn', text: 'something on the host is wrong' },
  foreign: { letter: 'X', tone: 'warn', text: 'has a set that no channel offers' },
  ahead: { letter: 'A', tone: 'warn', text: 'is ahead of its ring' },
  held: { letter: 'H', tone: 'warn', text: 'is held by its administrator' },
  silent: { letter: 'S', tone: 'warn', text: 'has not reported for long' },
  unknown: { letter: '?', tone: 'quiet', text: 'was never admitted, or never reported' },
  taking: { letter: 'T', tone: 'busy', text: 'is taking the set' },
  pending: { letter: 'P', tone: 'busy', text: 'has yet to take the set' },
  'in-use': { letter: 'U', tone: 'good', text: 'uses the set' },
  confirmed: { letter: 'C', tone: 'good', text: 'uses the set, and its scanner stayed well' },
}

const strange: StateSaying = { letter: '?', tone: 'quiet', text: 'a state of another version' }

/** Every state, the gravest first. */
export const stateNames: readonly string[] = Object.keys(states)

/** How a state is shown. */
export function stateOf(name: string): StateSaying {
  return Object.hasOwn(states, name) ? (states[name] ?? strange) : strange
}

export function stateBadge(value: unknown): Html | string {
  return typeof value === 'string' ? badge(plain(value), stateOf(value).tone) : ''
}

/** The gravest first, then by name. */
export function byGravity(a: Json, b: Json): number {
  const place = (host: Json) => {
    const index = stateNames.indexOf(word(host, 'state'))
    return index < 0 ? 0 : index
  }
  return place(a) - place(b) || (word(a, 'host') < word(b, 'host') ? -1 : 1)
}

/** The hosts of each ring, the rings in their order; hosts of no ring come last. */
export function byRing(
  rings: readonly string[],
  hosts: readonly Json[],
): (readonly [ring: string, hosts: Json[]])[] {
  const groups = new Map<string, Json[]>(rings.map((ring) => [ring, []]))
  for (const host of hosts) {
    const ring = word(host, 'ring')
    const name = groups.has(ring) ? ring : ''
    const group = groups.get(name)
    if (group) group.push(host)
    else groups.set(name, [host])
  }
  return [...groups].filter(([ring, all]) => ring !== '' || all.length > 0)
}

/** The names of the rings, in the order of the rollout. */
export function ringNames(status: Json): string[] {
  return items(status, 'rings').map((ring) => word(ring, 'name'))
}

/** How many hosts are in each state, the gravest first. */
export function countsOf(ring: Json): (readonly [state: string, hosts: number])[] {
  const counts = at(ring, 'counts')
  if (typeof counts !== 'object' || counts === null) return []
  return Object.keys(counts)
    .map((state) => [state, number({ ...counts }, state) ?? 0] as const)
    .toSorted(([a], [b]) => stateNames.indexOf(a) - stateNames.indexOf(b))
}

/** A legend of the letters that are there. */
export function stateLegend(hosts: readonly Json[]): Html {
  const there = new Set(hosts.map((host) => word(host, 'state')))
  const known = stateNames.filter((name) => there.has(name))
  return html`<ul class="legend states">${known.map((name) => html`<li><span class="cell ${stateOf(name).tone}" aria-hidden="true">${stateOf(name).letter}</span><b>${name}</b> ${stateOf(name).text}</li>`)}</ul>`
}
