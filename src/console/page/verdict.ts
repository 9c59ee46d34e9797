import type { Json } from '../facts.ts'
import { at, fact, factOf, items, word } from './fact.ts'
import { type Html, html, plain } from './html.ts'
import { asTime, type PageTone } from './words.ts'

interface Saying {
  readonly title: string
  readonly text: string
  readonly tone: PageTone
}

const sayings: Readonly<Record<string, Saying>> = {
  protected: { title: 'Protected', text: 'Sound, fresh, and proved in use by the scanner.', tone: 'good' },
  staged: {
    title: 'Staged',
    text: 'Sound and fresh; this kind of scanner cannot be asked whether it uses the set.',
    tone: 'good',
  },
  unknown: {
    title: 'Not known',
    text: 'The facts cannot be read, or are too old to be believed.',
    tone: 'warn',
  },
  stale: { title: 'Out of date', text: 'The definitions are older than allowed.', tone: 'warn' },
  'not-in-use': { title: 'Not in use', text: 'The scanner does not use the current set.', tone: 'bad' },
  none: { title: 'No definitions', text: 'There is no valid set on this machine.', tone: 'bad' },
}

const unsaid: Saying = { title: 'Not known', text: 'What is said here is of another version.', tone: 'warn' }

/** How a state of the verdict is said to people. */
function sayingOf(state: string): Saying {
  return Object.hasOwn(sayings, state) ? (sayings[state] ?? unsaid) : unsaid
}

const marks: Readonly<Record<PageTone, string>> = {
  good: 'm7 12.500 3.400 3.400 6.800-7.200',
  warn: 'M12 6.500v7M12 17.200v.2',
  bad: 'm8 8 8 8m0-8-8 8',
  quiet: 'M7 12h10',
  busy: 'M7 12h10',
}

/**
 * The answer to the one question, with its reasons and what to do.
 * @param prefix path of `status` in the object
 * @param whose the families it comes from, where it is the gravest of several
 */
export function verdictBanner(status: Json, prefix = '', whose: readonly string[] = []): Html {
  const state = word(status, 'verdict.state')
  const { title, text, tone } = sayingOf(state)
  const reasons = items(status, 'verdict.reasons').map((reason) => {
    const message = word(reason, 'message')
    const advice = word(reason, 'advice')
    return html`<li>${factOf(`${prefix}verdict.reasons`, at(reason, 'code'), () => plain(message === '' ? word(reason, 'code') : message))}${advice !== '' && html` <span class="advice">${plain(advice)}</span>`}</li>`
  })
  return html`<section class="verdict ${tone}" aria-label="Verdict" data-part="${prefix}verdict">
<svg viewBox="0 0 24 24" width="56" height="56" aria-hidden="true"><circle cx="12" cy="12" r="11" fill="currentColor"/><path d="${marks[tone]}" fill="none" stroke="var(--surface)" stroke-width="2.400" stroke-linecap="round" stroke-linejoin="round"/></svg>
<div><p class="state">${fact(status, 'verdict.state', () => title, `${prefix}verdict.state`)}</p>
<p>${whose.length > 0 && html`<b>${plain(whose.join(', '))}</b>: `}${text} ${at(status, 'verdict.since') ? html`<span class="since">Since ${fact(status, 'verdict.since', asTime, `${prefix}verdict.since`)}.</span>` : fact(status, 'verdict.since', () => '', `${prefix}verdict.since`)}</p>
${reasons.length > 0 && html`<ul class="reasons">${reasons}</ul>`}</div>
</section>`
}
