import { limits } from '../limits.ts'
import { ageOf, dateOf, type SetName } from '../set-name.ts'
import { outdated, type ProtectionState, type ProtectionVerdict } from './verdict.ts'

/** A verdict that was written down: `unknown` once its facts are older than two checks of the daemon. */
export function agedVerdict(verdict: ProtectionVerdict, asOf: string, now: Date): ProtectionVerdict {
  const age = now.getTime() - Date.parse(asOf)
  // A time that cannot be read, or lies ahead, says nothing of the age.
  if (age >= -limits.clockSkew && age <= 2 * limits.checkEvery) return verdict
  const [why, advice] =
    age < 0
      ? ['which lies ahead', 'correct the clock; the next run or check writes it anew']
      : ['older than two checks of the daemon', 'see whether the daemon runs']
  const message = `what is known is of ${asOf}, ${why}: ${verdict.state} then`
  const since = age < 0 ? now.toISOString() : asOf
  return { state: 'unknown', since, reasons: [{ code: 'facts-old', message, advice }, ...verdict.reasons] }
}

/** A verdict that was written down, for another `maxAge` than it was reached with. Pure. */
export function verdictForAge(
  verdict: ProtectionVerdict,
  current: SetName | null,
  maxAge: number,
  now: Date,
): ProtectionVerdict {
  // What is graver stays what it is.
  if (current === null || !ofAge.has(verdict.state)) return verdict
  const others = verdict.reasons.filter(({ code }) => code !== 'outdated')
  const age = ageOf(current, now)
  if (age > maxAge) {
    const known = verdict.reasons.find(({ code }) => code === 'outdated')
    const first = outdated(current, age, maxAge, null, known?.advice)
    const since = new Date(dateOf(current).getTime() + maxAge).toISOString()
    return { state: 'stale', since, reasons: [first, ...others] }
  }
  if (verdict.state !== 'stale') return verdict
  const unproved = others.some(({ code }) => code === 'scanner-not-asked' || code === 'scanner-told')
  return { state: unproved ? 'staged' : 'protected', since: verdict.since, reasons: others }
}

const ofAge: ReadonlySet<ProtectionState> = new Set(['stale', 'staged', 'protected'])
