import { DefsError } from '../error.ts'
import type { Licence, Licences } from './licence.ts'

/**
 * - `valid`; `warning`: valid, and its end is near.
 * - `expired`: in grace, downloads go on.
 * - `not licensed`: none, none that can be read, or past its end.
 * - `not required`: the configuration asks for none and there is none.
 */
export type LicenceStateName =
  | 'not required'
  | 'valid'
  | 'warning'
  | 'expired'
  | 'not licensed'
  | 'not yet valid'

/** How things stand with the content licence at one moment. */
export interface LicenceState {
  readonly state: LicenceStateName
  readonly starts: Date | null
  readonly warns: Date | null
  readonly expires: Date | null
  readonly ends: Date | null
  /** The name of the licence that counts. */
  readonly product: string | null
  /** Whether downloads depend on it (`licence.required`). */
  readonly required: boolean
  /** Why there is no licence to judge. */
  readonly reason: string | null
}

/** What is asked of the licences. */
export interface Demand {
  /** Picks by name when there are several; null for the one that ends last. */
  readonly product: string | null
  readonly required: boolean
  readonly now: Date
}

/**
 * The state of the licence that counts. A licence counts from the start of its `start_date` and no longer
 * from the start of its `end_date` on, in UTC (docs/domain.md section 8: at `end_date` it stops). With several
 * of the wanted name the one in force that ends last counts, so that a renewal put in early does no harm; with
 * none in force, the one that ends last.
 */
export function stateOf(licences: Licences, { product, required, now }: Demand): LicenceState {
  const { good, bad } = licences
  const picks = product !== null && good.length + bad.length > 1
  const wanted = picks ? good.filter(({ name }) => name === product) : good
  const inForce = wanted.filter(({ starts, ends }) => starts <= now && now < ends)
  const licence = endsLast(inForce) ?? endsLast(wanted)
  if (licence) {
    const { starts, warns, expires, ends } = licence
    return {
      state: nameOf(licence, now),
      starts,
      warns,
      expires,
      ends,
      product: licence.name,
      required,
      reason: null,
    }
  }
  const broken = bad.find(({ name }) => !picks || name === product)
  return unlicensed(broken?.problem ?? `the licence file holds none named '${product}'`, required)
}

/** The state when there is no licence to judge: no file, or one that cannot be read. */
export function unlicensed(reason: string, required: boolean): LicenceState {
  const state = required ? 'not licensed' : 'not required'
  return { state, starts: null, warns: null, expires: null, ends: null, product: null, required, reason }
}

function endsLast(licences: readonly Licence[]): Licence | undefined {
  return licences.toSorted((a, b) => b.ends.getTime() - a.ends.getTime())[0]
}

function nameOf({ starts, warns, expires, ends }: Licence, now: Date): LicenceStateName {
  if (now < starts) return 'not yet valid'
  if (now >= ends) return 'not licensed'
  if (now >= expires) return 'expired'
  return warns && now >= warns ? 'warning' : 'valid'
}

const downloadable: ReadonlySet<LicenceStateName> = new Set(['not required', 'valid', 'warning', 'expired'])

/**
 * Whether definitions may be downloaded; always when no licence is required. What is on disk may be used
 * whatever the state (docs/domain.md section 8).
 */
export function mayDownload(state: LicenceState): boolean {
  return !state.required || downloadable.has(state.state)
}

/** The error for a state in which {@link mayDownload} is false. */
export function refusal(state: LicenceState): DefsError {
  const keeps = 'scanning goes on with the definitions on disk'
  if (state.state === 'not yet valid') {
    const from = state.starts ? ` until ${dayOf(state.starts)}` : ''
    return new DefsError(
      'LICENCE_NOT_YET',
      `the content licence is not valid${from}: nothing is downloaded, ${keeps}`,
    )
  }
  if (state.ends) {
    return new DefsError(
      'LICENCE_EXPIRED',
      `the content licence ended on ${dayOf(state.ends)}: install a renewal to download again; ${keeps}`,
    )
  }
  const why = state.reason === null ? '' : ` (${state.reason})`
  return new DefsError(
    'LICENCE_MISSING',
    `there is no valid content licence${why}: install one and name it in licence.file; ${keeps}`,
  )
}

/** A moment as its UTC day, `YYYY-MM-DD`. */
function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10)
}

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
