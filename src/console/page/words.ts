import { type Child, type Html, html, plain } from './html.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** A span of time in the two largest units that matter: `9 h 5 min`, `3 d`. */
export function span(milliseconds: number): string {
  const total = Math.max(0, milliseconds)
  if (total >= 2 * day) {
    const hours = Math.floor((total % day) / hour)
    return `${Math.floor(total / day)} d${hours > 0 && total < 10 * day ? ` ${hours} h` : ''}`
  }
  if (total >= hour) {
    const minutes = Math.floor((total % hour) / minute)
    return `${Math.floor(total / hour)} h${minutes > 0 && total < day ? ` ${minutes} min` : ''}`
  }
  if (total >= minute) return `${Math.floor(total / minute)} min`
  return `${Math.floor(total / second)} s`
}

/** A size as people say it. */
export function size(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  for (; value >= 1024 && unit < units.length - 1; unit += 1) value /= 1024
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** A moment; the script turns it to the reader's zone, and says UTC when pointed at. */
export function time(value: string): Html {
  const moment = Date.parse(value)
  if (Number.isNaN(moment)) return html`${plain(value)}`
  const iso = new Date(moment).toISOString()
  return html`<time datetime="${value}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`
}

/** How a value is shown to people. */
export type Show = (value: unknown) => Child

/** As it is; nothing reads as a dash. */
export const asText: Show = (value) => {
  if (value === null || value === undefined || value === '') return html`<span class="none">–</span>`
  return plain(typeof value === 'object' ? JSON.stringify(value) : String(value))
}

export const asTime: Show = (value) => (typeof value === 'string' ? time(value) : asText(value))
export const asBytes: Show = (value) => (typeof value === 'number' ? size(value) : asText(value))
export const asAge: Show = (value) => (typeof value === 'number' ? span(value * second) : asText(value))
export const asSpan: Show = (value) => (typeof value === 'number' ? span(value) : asText(value))

/** A definition set, linked to its page. @param family null where there is only one */
export const asSetOf =
  (family: string | null): Show =>
  (value) => {
    if (typeof value !== 'string' || value === '') return asText(value)
    const of = family === null ? '' : `?family=${encodeURIComponent(family)}`
    return html`<a class="set" href="/sets/${encodeURIComponent(value)}${of}">${plain(value)}</a>`
  }

export const asYes: Show = (value) => (value === true ? 'yes' : value === false ? 'no' : asText(value))

/** A mark with a word where it is true, nothing else. */
export const asMark =
  (word: string, tone: PageTone): Show =>
  (value) =>
    value === true ? badge(word, tone) : ''

/** How good something is; said by a sign as well as by colour. */
export type PageTone = 'good' | 'warn' | 'bad' | 'quiet' | 'busy'

const signs: Readonly<Record<PageTone, string>> = { good: '✓', warn: '!', bad: '✕', quiet: '·', busy: '…' }

/** A word with the colour and the sign of its tone. */
export function badge(word: Child, tone: PageTone): Html {
  return html`<span class="badge ${tone}"><span class="sign" aria-hidden="true">${signs[tone]}</span>${word}</span>`
}
