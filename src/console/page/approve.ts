import type { Json } from '../facts.ts'
import { at, items, word } from './fact.ts'
import { type Acting, actionForm, hidden, reasonField } from './form.ts'
import { type Html, html, plain } from './html.ts'
import { asText } from './words.ts'

/** A ring that waits for a person, and what for. */
interface Waiting {
  readonly ring: Json
  /** The set that it would take, or pass. */
  readonly set: string
  readonly takes: boolean
}

/** The rings that wait for somebody: to take the next set, or to pass the one they cannot decide on. */
function waitingRings(status: Json): Waiting[] {
  return items(status, 'rings').flatMap((ring): Waiting[] => {
    const waits = word(ring, 'waits')
    if (waits === 'approval') return [{ ring, set: word(ring, 'next'), takes: true }]
    if (waits === 'coverage' || waits === 'troubles') return [{ ring, set: word(ring, 'set'), takes: false }]
    return []
  })
}

/** The forms that approve what waits. @param status as `fleet status` prints it @param of only this set; null for all */
export function approveForms(acting: Acting, status: Json, of: string | null): (Html | null)[] {
  return waitingRings(status)
    .filter(({ set }) => set !== '' && (of === null || set === of))
    .map(({ ring, set, takes }) => {
      const name = word(ring, 'name')
      const explains = takes
        ? html`Ring ${plain(name)} with ${asText(at(ring, 'hosts'))} hosts takes ${plain(set)}, which the ring before it has passed.`
        : html`Ring ${plain(name)} passes ${plain(set)} although it is not decided: ${plain(word(ring, 'reason'))}. The next ring may take it.`
      return actionForm(acting, {
        action: 'approve',
        label: `Approve ${set} for ${name}`,
        id: `approve-${name}`,
        explains,
        fields: [hidden('ring', name), hidden('set', set), reasonField(false)],
      })
    })
}
