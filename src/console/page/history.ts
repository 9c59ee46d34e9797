import { bounds } from '../bounds.ts'
import type { Json } from '../facts.ts'
import { at, fact, items, part, word } from './fact.ts'
import { type Html, html, plain } from './html.ts'
import { pager, table } from './table.ts'
import { asSetOf, asTime } from './words.ts'

const heads = ['When', 'What', 'From', 'To', 'Why', 'By']

/** What was live when and why, newest first. @param history as `history` prints it @param page from 1 on */
export function historyPage(history: Json, page: number): Html {
  const families = Object.keys(part(history, 'families'))
  if (families.length === 0)
    return html`<section class="card">${historyTable(items(history, 'entries'), page, null)}</section>`
  return html`${families.map(
    (name) =>
      html`<section class="card"><h2>${plain(name)}</h2>${historyTable(items(history, `families.${name}.entries`), page, name)}</section>`,
  )}`
}

function historyTable(entries: readonly Json[], page: number, family: string | null): Html {
  const caption = family === null ? 'History' : `History of ${family}`
  const asSet = asSetOf(family)
  const newest = entries.toReversed()
  const rows = newest.slice((page - 1) * bounds.rows, page * bounds.rows).map(
    (entry) => html`<tr data-entry="${word(entry, 'time')}"><td>${asTime(at(entry, 'time'))}</td>
<td>${fact(entry, 'action')}</td><td>${fact(entry, 'from', asSet)}</td><td>${fact(entry, 'to', asSet)}</td><td class="message">${fact(entry, 'reason')}</td><td>${fact(entry, 'user')}</td></tr>`,
  )
  const pages = Math.max(1, Math.ceil(newest.length / bounds.rows))
  return html`${table(caption, heads, rows, 'Nothing has happened yet: the first update writes the first line.', true)}${pager('/history', new URLSearchParams(), page, pages)}`
}
