import type { Json } from '../facts.ts'
import { at, word } from './fact.ts'
import { type Html, html, plain } from './html.ts'
import { time } from './words.ts'

/** A line of the journal, and where it ends there. */
export interface EventLine {
  /** Bytes from the journal's beginning, rising over its rotation. */
  readonly offset: number
  /** Its place with its family, `suricata.88`, of an event of a further one. */
  readonly id?: string
  readonly event: Json
}

/** Which events a list is of. */
export type EventChoice = 'all' | 'grave' | { readonly host: string }

/** Whether an event belongs into a list; the script chooses alike. Event 30, an update, is what was mailed. */
export function isChosen({ event }: EventLine, choice: EventChoice): boolean {
  if (choice === 'all') return true
  if (choice === 'grave') return event['level'] !== 'information' || event['id'] === 30
  return event['host'] === choice.host
}

/** The newest events first; the script adds those that come. */
export function eventList(lines: readonly EventLine[], heading: string, choice: EventChoice = 'all'): Html {
  const host = typeof choice === 'string' ? null : choice.host
  return html`<section class="card"><h2>${heading}</h2>
<ol class="events" data-live="journal" ${choice === 'grave' && html`data-only="grave"`} ${host !== null && html`data-only-host="${host}"`} aria-live="polite" aria-relevant="additions" aria-label="${heading}" tabindex="0">${lines.map(lineOf)}</ol>
<p class="empty when-empty">Nothing has happened yet.</p></section>`
}

/** One event; the script makes the same of what the stream brings. */
function lineOf({ offset, id, event }: EventLine): Html {
  const level = word(event, 'level')
  const family = word(event, 'family')
  return html`<li data-offset="${id ?? offset}" data-event-id="${String(at(event, 'id') ?? '')}" class="${level}">${time(word(event, 'time'))} <span class="level">${level}</span> <span class="message">${family !== '' && html`<b>${plain(family)}</b> `}${plain(word(event, 'message'))}</span> <small>${String(at(event, 'id') ?? '')}</small></li>`
}
