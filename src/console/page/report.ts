import { bounds } from '../bounds.ts'
import type { Json, ReportQuestion } from '../facts.ts'
import { at, fact, items, part, word } from './fact.ts'
import { field } from './form.ts'
import { type Html, html, plain } from './html.ts'
import { pager, table } from './table.ts'
import { asSetOf, asTime, badge } from './words.ts'

/** What a report page shows. */
export interface ReportView {
  readonly question: ReportQuestion
  readonly answer: Json
  /** The actions to choose from. */
  readonly actions: readonly string[]
  readonly page: number
}

/** The query of an address that asks the same. */
function queryOf({ from, to, actions, search, family }: ReportQuestion): URLSearchParams {
  const query = new URLSearchParams()
  if (from !== null) query.set('from', from)
  if (to !== null) query.set('to', to)
  for (const action of actions) query.append('action', action)
  if (search !== null) query.set('q', search)
  if (family !== null) query.set('family', family)
  return query
}

const heads = ['When', 'Action', 'Result', 'Set', 'Source', 'Event', 'Message', 'By']

/** The detail report: a period, actions, a text; for the screen, paper and spreadsheets. */
export function reportPage({ question, answer, actions, page }: ReportView): Html {
  const query = queryOf(question)
  const families = Object.keys(part(answer, 'families'))
  const entries =
    families.length === 0
      ? items(answer, 'entries').map((entry) => ({ entry, family: null }))
      : families
          .filter((name) => question.family === null || question.family === name)
          .flatMap((name) =>
            items(answer, `families.${name}.entries`).map((entry) => ({ entry, family: name })),
          )
          .toSorted((a, b) => (word(a.entry, 'time') < word(b.entry, 'time') ? -1 : 1))
  const rows = entries
    .toReversed()
    .slice((page - 1) * bounds.rows, page * bounds.rows)
    .map(({ entry, family }) => rowOf(entry, family))
  const pages = Math.max(1, Math.ceil(entries.length / bounds.rows))
  const csv = query.size === 0 ? '/report.csv' : `/report.csv?${query.toString()}`
  const options = actions.map(
    (name) => html`<option ${question.actions.includes(name) && html`selected`}>${name}</option>`,
  )
  return html`<section class="card ask"><h2>What to tell</h2><form method="get" action="/report" class="filter">
${field('From', html`<input name="from" type="text" inputmode="numeric" placeholder="2026-11-01" value="${question.from}">`, 'A day, or a day and a time in UTC')}
${field('To', html`<input name="to" type="text" inputmode="numeric" placeholder="2026-11-28" value="${question.to}">`, 'A day counts to its end')}
${field('Action', html`<select name="action"><option value="">all</option>${options}</select>`)}
${
  families.length > 0 &&
  field(
    'Family',
    html`<select name="family"><option value="">all</option>${families.map((name) => html`<option ${question.family === name && html`selected`}>${name}</option>`)}</select>`,
  )
}
${field('Text', html`<input name="q" value="${question.search}">`, 'In any case, anywhere in an entry')}
<div class="buttons"><button class="button go" type="submit">Generate report</button> <a class="button plain" data-csv href="${csv}">Write to CSV</a></div>
</form></section>
<section class="card"><h2>${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}</h2>
${table('Entries of the report', families.length === 0 ? heads : [...heads, 'Family'], rows, 'No entry is like that: ask for a longer period, or for less.', true)}${pager('/report', query, page, pages)}</section>`
}

function rowOf(entry: Json, family: string | null): Html {
  return html`<tr data-entry="${word(entry, 'time')}"><td>${asTime(at(entry, 'time'))}</td><td>${fact(entry, 'action')}</td><td>${fact(entry, 'result', resultOf)}</td><td>${fact(entry, 'set', asSetOf(family))}</td><td>${fact(entry, 'source')}</td><td class="number">${fact(entry, 'event')}</td><td class="message">${fact(entry, 'message')}${word(entry, 'errorCode') !== '' && html` <small>${fact(entry, 'errorCode')}</small>`}</td><td>${fact(entry, 'user')}</td>${family !== null && html`<td>${plain(family)}</td>`}</tr>`
}

function resultOf(value: unknown): Html | string {
  if (value === 'Succeeded') return badge('Succeeded', 'good')
  return value === 'Failed' ? badge('Failed', 'bad') : plain(String(value ?? ''))
}
