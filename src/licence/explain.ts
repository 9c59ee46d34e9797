import { dayOf, type LicenceState, mayDownload } from './state.ts'

const dayLength = 86_400_000

/** The state of the licence in lines for people. */
export function explainLicence(state: LicenceState, now: Date): string[] {
  const lines = [headline(state, now)]
  if (state.reason !== null) lines.push(`There is none to go by: ${state.reason}.`)
  if (state.state === 'warning' || state.state === 'expired') lines.push('Renew it now.')
  lines.push(consequence(state))
  return lines
}

function headline(state: LicenceState, now: Date): string {
  const of = state.product === null ? 'The content licence' : `The content licence '${state.product}'`
  const { starts, expires, ends } = state
  if (state.state === 'not required') return 'No content licence is required.'
  if (!starts || !expires || !ends) return 'There is no content licence.'
  if (state.state === 'not yet valid') return `${of} starts on ${dayOf(starts)}, ${distance(now, starts)}.`
  if (state.state === 'not licensed') return `${of} ended on ${dayOf(ends)}, ${distance(now, ends)}.`
  if (state.state === 'expired')
    return `${of} expired ${distance(now, expires)}, in grace until ${dayOf(ends)}.`
  const warned = state.state === 'warning' ? 'is still valid' : 'is valid'
  return `${of} ${warned}; it expires on ${dayOf(expires)}, ${distance(now, expires)}, and ends on ${dayOf(ends)}.`
}

function consequence(state: LicenceState): string {
  if (!mayDownload(state)) {
    return 'Nothing is downloaded; scanning goes on with the definitions that are on disk.'
  }
  if (!state.required) return 'Downloads do not depend on it (licence.required is false).'
  if (!state.ends) return 'Downloads go on.'
  const until = dayOf(state.ends)
  return `Downloads go on until ${until}; scanning goes on with what is there even after that.`
}

/** Whole days between two moments, in words. */
function distance(now: Date, moment: Date): string {
  const days = (moment.getTime() - now.getTime()) / dayLength
  const whole = days < 0 ? Math.floor(-days) : Math.ceil(days)
  if (whole === 0) return 'today'
  const amount = `${whole} day${whole === 1 ? '' : 's'}`
  return days < 0 ? `${amount} ago` : `in ${amount}`
}
