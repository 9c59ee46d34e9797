import { bounds } from '../bounds.ts'
import type { ConsoleParts } from '../facts.ts'
import type { Attempts } from '../session/attempts.ts'

/**
 * Tells of a wrong login.
 * @param typed the name as it came
 * @param address where it came from
 * @param looked whether a password was looked at; one that had to wait is no further try
 */
export type TellWrong = (typed: string, address: string, looked: boolean) => void

/**
 * One event a minute and name, with the number of those that it stands for; one a minute and address for all that is
 * not even looked at: whoever tries names without end must not fill the journal, which would lose what it holds.
 */
export function openWrongLogins({ now, tell }: ConsoleParts, attempts: Attempts): TellWrong {
  const told = new Map<string, { at: number; count: number }>()
  return (typed, address, looked) => {
    // A copy: a part would keep all of it in memory, for as long as we count.
    const name = Buffer.from(typed.slice(0, bounds.name)).toString()
    const key = looked ? `name ${name}` : `address ${address}`
    const at = now().getTime()
    const last = told.get(key)
    const count = (last?.count ?? 0) + 1
    const due = !last || Math.abs(at - last.at) >= bounds.attemptsFor || (looked && count === bounds.attempts)
    if (told.size > bounds.attemptKeys) told.clear()
    told.set(key, due ? { at, count: 0 } : { at: last.at, count })
    const facts = { user: name, reason: `${name} from ${address}`, from: address, count }
    if (due) tell('console.login-failed', facts)
    // As gateways alert: on the third attempt, and for every one thereafter until a right one.
    const failures = looked ? attempts.wrong(name) : 0
    if (failures >= 3) tell('console.frequent-failures', { ...facts, count: failures })
  }
}
