import type { SetName } from '../../set-name.ts'
import type { Fact } from '../facts.ts'
import type { FleetEventFacts, FleetEventName, Ground } from './ground.ts'

/** Of how many facts, the newest, it is made sure that they were told. */
const looked = 50

/**
 * Tells what a crash kept from being told: a fact is written first and told then, so at most the newest are missing.
 */
export async function tellMissing(
  facts: readonly Fact[],
  ground: Pick<Ground, 'policy' | 'tell' | 'told'>,
): Promise<void> {
  const newest = facts.slice(-looked)
  const [first] = newest
  if (first === undefined) return
  const told = await ground.told(new Date(Date.parse(first.at)))
  const firstRing = ground.policy.rings[0]?.name
  for (const [name, about, fact] of newest.flatMap((one) => eventsOf(one, firstRing))) {
    const there = told.some(
      (one) =>
        one.name === name &&
        one.time >= fact.at &&
        (one.set ?? undefined) === about.set &&
        (about.ring === undefined || one.ring === about.ring) &&
        (about.host === undefined || one.host === about.host),
    )
    if (!there) ground.tell(name, about)
  }
}

type Telling = readonly [FleetEventName, FleetEventFacts, Fact]

function eventsOf(fact: Fact, firstRing: string | undefined): Telling[] {
  const event = eventOf(fact)
  if (event === null) return []
  const [name, about] = event
  const opened: Telling = [name, about, fact]
  if (name !== 'ring.opened' || about.ring !== firstRing || !('by' in fact) || fact.by !== 'controller')
    return [opened]
  return [
    ['rollout.started', { ...(about.set ? { set: about.set } : {}), ring: firstRing ?? '' }, fact],
    opened,
  ]
}

function eventOf(fact: Fact): readonly [FleetEventName, FleetEventFacts] | null {
  switch (fact.fact) {
    case 'opened': {
      const { ring, set, by } = fact
      return ['ring.opened', { ring, set, reason: `${ring} takes ${set}, by ${by}` }]
    }
    case 'passed': {
      const { ring, set, counts } = fact
      if (counts === null) return null
      return ['ring.passed', { ring, set, reason: `${counts.good} of ${counts.awake} proved it` }]
    }
    case 'failed': {
      const { host, ring, set } = fact
      return fact.outcome === 'lost' ? ['host.lost', { host, ring, set }] : null
    }
    case 'barred': {
      const { set, reason, how, ring } = fact
      const where = ring === null ? {} : { ring }
      return how === 'halted'
        ? ['rollout.halted', { set, reason, ...where }]
        : ['rollout.withdrawn', { set, reason }]
    }
    case 'waiting': {
      const { ring, set, waits } = fact
      return ['rollout.waiting', { ring, set, reason: waits }]
    }
    case 'frozen': {
      const { ring, set, reason } = fact
      return ['ring.frozen', { ring, set, reason }]
    }
    case 'complete':
      return ['rollout.complete', { set: fact.set }]
    case 'superseded':
      return ['rollout.superseded', { set: fact.set }]
    default:
      return null
  }
}

/** Whether it was told that a ring takes a set: by us before a crash, or after it. */
export async function wasOpeningTold(
  ring: string,
  set: SetName,
  since: string,
  ground: Pick<Ground, 'told'>,
): Promise<boolean> {
  const told = await ground.told(new Date(Date.parse(since)))
  return told.some((one) => one.name === 'ring.opened' && one.ring === ring && one.set === set)
}
