import type { ActionName, Running } from '../facts.ts'
import { mayDo } from '../session/role.ts'
import type { PageReader } from './frame.ts'
import { type Child, type Html, html, plain } from './html.ts'
import { time } from './words.ts'

/** What the forms of a page need to know. */
export interface Acting {
  readonly reader: PageReader
  /** The run that is going on; no other is begun meanwhile. */
  readonly running: Running | null
}

/** A form for one action. */
export interface ActionForm {
  readonly action: ActionName
  /** What opens it, and what its button says. */
  readonly label: string
  /** What will be done, said before the button. */
  readonly explains: Child
  readonly fields?: readonly Html[]
  readonly grave?: boolean
  /** Where a page has several forms of one action. */
  readonly id?: string
  readonly open?: boolean
}

/** The form of an action; nothing for whoever may not do it. */
export function actionForm({ reader, running }: Acting, form: ActionForm): Html | null {
  const { action, label, explains, fields = [], grave = false, open = false, id = action } = form
  if (!mayDo(reader.role, action)) return null
  const tone = grave ? 'grave' : 'go'
  return html`<details class="action" name="action" id="action-${id}" ${open && html`open`}>
<summary class="button ${tone}">${label}<span aria-hidden="true">…</span></summary>
<form data-action="${action}" method="post" action="/actions/${action}">
<p>${explains}</p>
<input type="hidden" name="token" value="${reader.token}">
${fields}
<button class="button ${tone}" type="submit" ${running !== null && html`disabled`}>${label}</button>
</form>
</details>`
}

/** A field with its label. */
export function field(label: string, control: Html, hint?: string): Html {
  return html`<label class="field"><span>${label}</span>${control}${hint !== undefined && html`<small>${hint}</small>`}</label>`
}

/** Why something is done: it goes into the journal and the history. */
export function reasonField(required: boolean): Html {
  const control = html`<input name="reason" maxlength="500" autocomplete="off" ${required && html`required`}>`
  return field(required ? 'Reason' : 'Reason (optional)', control)
}

/** A choice among sets. */
export function setField(label: string, sets: readonly (readonly [value: string, text: string])[]): Html {
  const options = sets.map(([value, text]) => html`<option value="${value}">${plain(text)}</option>`)
  return field(label, html`<select name="set">${options}</select>`)
}

/** A field nobody sees. */
export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">`
}

/** Says which run keeps the buttons from working; nothing while there is none. */
export function runningNote(running: Running | null): Html | null {
  if (running === null) return null
  const { command, since, user } = running
  const value = since === null ? command : `${command} ${since}`
  return html`<p class="notice busy" role="status" data-running="${value}"><span class="sign spin" aria-hidden="true">↻</span><span><b>${plain(command)}</b> is at work${since !== null && html` since ${time(since)}`}${user !== null && html`, asked for by ${plain(user)}`}. Do not ask again: the buttons come back when it has ended.</span></p>`
}
