import type { Json } from '../facts.ts'
import { at, fact, items, word } from './fact.ts'
import { type Html, html, plain } from './html.ts'
import { table } from './table.ts'
import { asBytes, asText, asTime, badge } from './words.ts'

/** The internal server: channels, releases with their marks, and who did what (LiveUpdate Administrator's Manage Updates). */
export function publishPage(publish: Json): Html {
  const channels = items(publish, 'channels').map(
    (channel) =>
      html`<tr data-channel="${word(channel, 'name')}"><th scope="row">${fact(channel, 'name')}</th><td>${fact(channel, 'current')}</td><td class="number">${fact(channel, 'statement')}</td><td>${fact(channel, 'since', asTime)}</td><td>${fact(channel, 'demoted', (value) => (value === true ? badge('went back', 'warn') : ''))}</td></tr>`,
  )
  const releases = items(publish, 'releases').map((release) => {
    const passed = word(release, 'passedBy')
    return html`<tr data-set="${word(release, 'set')}"><th scope="row">${fact(release, 'set')}</th><td>${fact(release, 'grade')}</td><td>${fact(release, 'mark', markOf)} ${passed !== '' && badge(html`passed by ${plain(passed)}`, 'good')}</td><td>${fact(release, 'publishedAt', asTime)}</td><td>${fact(release, 'source')}</td><td class="number">${fact(release, 'bytes', asBytes)}</td></tr>`
  })
  const audit = items(publish, 'audit').map(
    (line) =>
      html`<tr data-entry="${word(line, 'time')}"><td>${asTime(at(line, 'time'))}</td><td>${asText(at(line, 'action'))}</td><td>${asText(at(line, 'set'))}</td><td>${asText(at(line, 'channel'))}</td><td>${asText(at(line, 'user'))}</td><td class="message">${asText(at(line, 'reason'))}</td></tr>`,
  )
  return html`<section class="card"><h2>Channels</h2>${table('Channels', ['Channel', 'Offers', 'Statement', 'Since', ''], channels, html`Nothing is published: <code>defs publish</code> makes the first channel.`, true)}</section>
<section class="card"><h2>Releases</h2>${table('Releases', ['Set', 'Grade', 'Mark', 'Published', 'Source', 'Size'], releases, 'There is none.', true)}</section>
<section class="card"><h2>Audit trail</h2>${table('Audit trail', ['When', 'What', 'Set', 'Channel', 'Who', 'Why'], audit, 'Nobody did anything yet.', true)}</section>`
}

function markOf(value: unknown): Html | string {
  if (value === 'must-test') return badge('must be tested', 'warn')
  if (value === 'skip-test') return badge('needs no test', 'quiet')
  return value === 'open' ? badge('open', 'quiet') : plain(String(value ?? ''))
}
