import type { Json } from '../facts.ts'
import type { EventLine } from './event-list.ts'
import { eventList } from './event-list.ts'
import { at, fact, items, word } from './fact.ts'
import { type Acting, actionForm, runningNote } from './form.ts'
import { type Html, html, plain } from './html.ts'
import { table } from './table.ts'
import { asText, asTime, badge } from './words.ts'

const heads = ['Sink', 'Kind', 'From level', 'State', 'Waiting', 'Failing since']

/** Who is told of events, and whether that works. @param sinks `sinks: [{name, kind, level, waiting, failingSince}]` */
export function alertsPage(sinks: Json, events: readonly EventLine[], acting: Acting): Html {
  const rows = items(sinks, 'sinks').map((sink) => {
    const failing = typeof at(sink, 'failingSince') === 'string'
    return html`<tr data-sink="${word(sink, 'name')}"><th scope="row">${plain(word(sink, 'name'))}</th><td>${fact(sink, 'kind')}</td><td>${fact(sink, 'level')}</td><td>${failing ? badge('failing', 'bad') : badge('works', 'good')}</td><td class="number">${fact(sink, 'waiting', (value) => asText(value))}</td><td>${fact(sink, 'failingSince', asTime)}</td></tr>`
  })
  const test = actionForm(acting, {
    action: 'alert-test',
    label: 'Send a test',
    explains: html`A test event (1062) is sent to every sink, whatever it is told of otherwise.`,
  })
  return html`<div data-part="running">${runningNote(acting.running)}</div>
<section class="card" data-part="sinks"><h2>Who is told</h2>${table('Sinks of events', heads, rows, html`Nobody is told of events: write <code>events: { sinks: [...] }</code> in the configuration, for example a mail.`, true)}</section>
${test && html`<section class="actions" aria-label="Actions">${test}</section>`}
${eventList(events, 'Warnings and what was mailed', 'grave')}`
}
