import { explainLicence } from '../../licence/explain.ts'
import { lookUpLicence } from '../../licence/look-up.ts'
import { type LicenceState, mayDownload, refusal } from '../../licence/state.ts'
import type { CommandResult, Tone } from '../command-result.ts'
import { exitCodeOf } from '../exit-code.ts'
import type { Session } from '../session.ts'

/** Explains the content licence; 12 when one is required and there is none that can be used. */
export async function runLicense(_input: object, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const now = session.context.now()
  const state = await lookUpLicence(config.licence, now)
  const error = mayDownload(state) ? null : refusal(state)
  const [headline = '', ...rest] = explainLicence(state, now)
  return {
    exitCode: error ? exitCodeOf[error.code] : 0,
    json: { ...describeLicence(state), file: config.licence.file },
    lines: [{ text: headline, tone: toneOf(state) }, ...rest],
    ...(error ? { error } : {}),
  }
}

function describeLicence({ state, starts, warns, expires, ends, product, required, reason }: LicenceState) {
  const time = (moment: Date | null) => moment?.toISOString() ?? null
  return {
    state,
    starts: time(starts),
    warns: time(warns),
    expires: time(expires),
    ends: time(ends),
    product,
    required,
    reason,
  }
}

function toneOf(state: LicenceState): Tone {
  if (!mayDownload(state)) return 'bad'
  return state.state === 'warning' || state.state === 'expired' ? 'warning' : 'good'
}
