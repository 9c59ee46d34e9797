import { oneLine } from '../../text/plain-text.ts'
import { bounds } from '../bounds.ts'
import type { ActionName, Order } from '../facts.ts'

const wantReason: readonly ActionName[] = ['rollback', 'halt', 'fleet-rollback']
const wantSet: readonly ActionName[] = ['unhold', 'approve', 'halt']
const wantRing: readonly ActionName[] = ['approve']

/** The actions of one host, and of a fleet. */
export const hostActions = [
  'update',
  'verify',
  'rollback',
  'hold',
  'unhold',
  'alert-test',
] as const satisfies readonly ActionName[]
export const fleetActions = [
  'approve',
  'pause',
  'resume',
  'halt',
  'fleet-rollback',
] as const satisfies readonly ActionName[]

/** An order from what was filled in, or what is wrong with it. */
export function readOrder(
  action: ActionName,
  fields: Readonly<Record<string, unknown>>,
  user: string,
): { readonly order: Order } | { readonly problem: string } {
  const text = (name: string) => {
    const value = fields[name]
    // Line ends and control characters have no business in a journal of lines.
    const flat = typeof value === 'string' ? oneLine(value).trim() : ''
    return flat === '' ? null : flat
  }
  const order: Order = {
    action,
    set: text('set'),
    ring: text('ring'),
    family: text('family'),
    until: text('until'),
    reason: text('reason'),
    repair: fields['repair'] === true || fields['repair'] === 'true',
    user,
  }
  const problem = problemOf(order)
  return problem === null ? { order } : { problem }
}

function problemOf({ action, set, ring, family, until, reason }: Order): string | null {
  if (reason === null && wantReason.includes(action)) return 'say why: the reason is missing'
  if (reason !== null && reason.length > bounds.reason)
    return `the reason is longer than ${bounds.reason} characters`
  if (set === null && wantSet.includes(action)) return 'say which set'
  if (set !== null && !/^\d{8}\.\d{3}$/.test(set)) return 'a set is written YYYYMMDD.NNN'
  if (ring === null && wantRing.includes(action)) return 'say which ring'
  if (ring !== null && !/^\w[\w-]{0,63}$/.test(ring)) return 'there is no such ring'
  if (family !== null && !/^\w[\w.-]{0,63}$/.test(family)) return 'there is no such family'
  if (until !== null && !/^[\dTZ:.+-]{4,40}$/.test(until)) return 'a day is written YYYY-MM-DD'
  return null
}
