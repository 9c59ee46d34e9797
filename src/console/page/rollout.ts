import type { Json } from '../facts.ts'
import { approveForms } from './approve.ts'
import { at, fact, factOf, items, row, word } from './fact.ts'
import { ringTone, rolloutTone } from './fleet.ts'
import { type Acting, actionForm, hidden, reasonField, runningNote } from './form.ts'
import { type Html, html, plain } from './html.ts'
import { table } from './table.ts'
import { asText, asTime, badge } from './words.ts'

/** One set on its way through the rings. @param show as `fleet show` prints it @param status as `fleet status` does */
export function rolloutPage(show: Json, status: Json, now: Date, acting: Acting): Html {
  const set = word(show, 'set')
  const state = word(show, 'state')
  const rings = items(show, 'rings')
  const evidence = items(show, 'evidence')
  const isBarred = word(show, 'barred.reason') !== ''
  const counts = new Map<string, { outcome: string; blamed: string; count: number }>()
  for (const one of evidence) {
    const [outcome, blamed] = [word(one, 'outcome'), word(one, 'class')]
    const key = `${blamed} ${outcome}`
    counts.set(key, { outcome, blamed, count: (counts.get(key)?.count ?? 0) + 1 })
  }
  const hosts = at(show, 'hosts')
  const names = Array.isArray(hosts) ? hosts.filter((name) => typeof name === 'string') : []
  return html`<div data-part="running">${runningNote(acting.running)}</div>
<div class="grid two"><section class="card" data-part="rollout"><h2>Rollout</h2><p class="big">${fact(show, 'state', () => badge(state, rolloutTone(state)))}</p><dl>
${row('Set', fact(show, 'set'))}
${row('Grade', fact(show, 'grade'))}
${row('Published', fact(show, 'publishedAt', asTime))}
${row('By', fact(show, 'publishedBy'))}
${
  isBarred
    ? html`${row('Barred', fact(show, 'barred.reason'))}
${row('Barred by', fact(show, 'barred.by'), html` <small>${fact(show, 'barred.since', asTime)}</small>`)}`
    : row(
        'Barred',
        fact(show, 'barred', () => 'no'),
      )
}
</dl></section>
<section class="card" data-part="counts"><h2>What went wrong</h2>
${counts.size === 0 ? html`<p class="empty">No host reported a failure of this set.</p>` : html`<dl>${[...counts.values()].map(({ outcome, blamed, count }) => row(outcome, html`${count} <small>${blamed === 'set' ? 'the set is to blame' : 'the host is to blame'}</small>`))}</dl>`}</section></div>
<section class="card" data-part="timeline"><h2>Rings</h2>${timeline(rings, now)}
${table('Rings', ['Ring', 'State', 'Opened', 'Passed', 'Halted', 'By'], rings.map(ringRow), 'No ring has opened.', true)}</section>
${
  acting.reader.role !== 'viewer' &&
  html`<section class="actions" aria-label="Actions">${approveForms(acting, status, set)}
${actionForm(acting, { action: 'pause', label: 'Pause', explains: 'No further ring opens.', fields: [reasonField(false)] })}
${actionForm(acting, { action: 'resume', label: 'Resume', explains: 'Rings open again as they pass.', fields: [reasonField(false)] })}
${!isBarred && actionForm(acting, { action: 'halt', label: 'Halt', grave: true, explains: html`${plain(set)} is barred everywhere, and every ring that has it goes back.`, fields: [hidden('set', set), reasonField(true)] })}
${!isBarred && actionForm(acting, { action: 'fleet-rollback', label: 'Roll back to this set', grave: true, explains: html`Every ring goes back to ${plain(set)}.`, fields: [hidden('set', set), reasonField(true)] })}</section>`
}
<section class="card"><h2>Evidence</h2>${table('Evidence', ['Host', 'Ring', 'To blame', 'Outcome', 'Exit code', 'Error', 'When'], evidence.map(evidenceRow), 'There is none.', true)}</section>
<section class="card"><h2>Approvals</h2>${table('Approvals', ['Ring', 'Who', 'When', 'Why'], items(show, 'approvals').map(approvalRow), 'Nobody approved it by hand.', true)}</section>
<section class="card"><h2>Hosts that have it</h2><p class="hosts">${names.length === 0 ? html`<span class="none">none</span>` : names.slice(0, 500).map((name) => html`<a href="/fleet/hosts/${encodeURIComponent(name)}">${factOf('hosts', name)}</a> `)}${names.length > 500 && html`and ${names.length - 500} more`}</p></section>`
}

function ringRow(ring: Json): Html {
  const name = word(ring, 'ring')
  const f = (key: string, show = asText) => factOf(`rings.${name}.${key}`, at(ring, key), show)
  return html`<tr data-rollout-ring="${name}"><th scope="row">${plain(name)}</th><td>${f('state', (value) => badge(plain(String(value)), ringTone(String(value))))}</td><td>${f('openedAt', asTime)}</td><td>${f('passedAt', asTime)}</td><td>${f('haltedAt', asTime)}</td><td>${f('by')}</td></tr>`
}

function evidenceRow(one: Json): Html {
  const host = word(one, 'host')
  const f = (key: string, show = asText) => factOf(`evidence.${host}.${key}`, at(one, key), show)
  return html`<tr data-evidence="${host}"><th scope="row"><a href="/fleet/hosts/${encodeURIComponent(host)}">${plain(host)}</a></th><td>${f('ring')}</td><td>${f('class', classOf)}</td><td>${f('outcome')}</td><td class="number">${f('exitCode')}</td><td>${f('error')}</td><td>${f('at', asTime)}</td></tr>`
}

const classOf = (value: unknown) =>
  value === 'set' ? badge('the set', 'bad') : value === 'host' ? badge('the host', 'warn') : asText(value)

function approvalRow(one: Json): Html {
  const ring = word(one, 'ring')
  const f = (key: string, show = asText) => factOf(`approvals.${ring}.${key}`, at(one, key), show)
  return html`<tr data-approval="${ring}"><th scope="row">${plain(ring)}</th><td>${f('who')}</td><td>${f('at', asTime)}</td><td class="message">${f('reason')}</td></tr>`
}

const box = { width: 1000, left: 110, right: 14, row: 34, foot: 22 } as const

/** When each ring opened and how that ended, along one axis of time. */
function timeline(rings: readonly Json[], now: Date): Html | null {
  const moments = rings
    .flatMap((ring) => [momentOf(ring, 'openedAt'), momentOf(ring, 'passedAt'), momentOf(ring, 'haltedAt')])
    .filter((one) => one !== null)
  if (moments.length === 0) return null
  const start = Math.min(...moments)
  const open = rings.some((ring) => momentOf(ring, 'openedAt') !== null && endOf(ring) === null)
  const end = Math.max(open ? now.getTime() : start + 60_000, ...moments)
  const x = (at: number) =>
    box.left + ((at - start) / Math.max(1, end - start)) * (box.width - box.left - box.right)
  const height = rings.length * box.row + box.foot
  const bars = rings.map((ring, index) => {
    const opened = momentOf(ring, 'openedAt')
    const y = index * box.row
    const label = html`<text class="tick" x="${box.left - 10}" y="${y + 21}" text-anchor="end">${plain(word(ring, 'ring'))}</text><line class="rule" x1="${box.left}" x2="${box.width - box.right}" y1="${y + box.row}" y2="${y + box.row}"/>`
    if (opened === null) return label
    const to = endOf(ring) ?? end
    const tone =
      momentOf(ring, 'haltedAt') !== null ? 'bad' : momentOf(ring, 'passedAt') !== null ? 'good' : 'busy'
    const said = tone === 'bad' ? '✕ halted' : tone === 'good' ? '✓ passed' : '… open'
    const left = x(opened)
    const width = Math.max(6, x(to) - left)
    const inside = width > 90
    return html`${label}<rect class="${tone}" x="${left.toFixed(1)}" y="${y + 7}" width="${width.toFixed(1)}" height="${box.row - 14}" rx="4"/><text class="bar-text ${inside ? tone : 'outside'}" x="${(inside ? left + 8 : Math.min(left + width + 6, box.width - 80)).toFixed(1)}" y="${y + 21}">${said}</text>`
  })
  const ticks = [0, 0.5, 1].map((share) => {
    const moment = new Date(start + share * (end - start)).toISOString()
    const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle'
    return html`<text class="tick" x="${x(Date.parse(moment)).toFixed(1)}" y="${height - 5}" text-anchor="${anchor}">${moment.slice(5, 10)} ${moment.slice(11, 16)}</text>`
  })
  return html`<figure class="timeline" tabindex="0"><svg viewBox="0 0 ${box.width} ${height}" role="img" aria-label="When each ring opened and passed; the table below has the times">${bars}${ticks}</svg></figure>`
}

function momentOf(ring: Json, key: string): number | null {
  const moment = Date.parse(word(ring, key))
  return Number.isNaN(moment) ? null : moment
}

const endOf = (ring: Json) => momentOf(ring, 'haltedAt') ?? momentOf(ring, 'passedAt')
