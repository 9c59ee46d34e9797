import type { Json } from '../facts.ts'
import { at, items, part, word } from './fact.ts'
import { type Acting, type ActionForm, actionForm, field, hidden, reasonField, setField } from './form.ts'
import { type Html, html, plain } from './html.ts'

/**
 * What can be done on one host; nothing for whoever only looks.
 * @param list sets on disk, as `list` prints them
 * @param family null where there is only one
 */
export function hostActions(acting: Acting, list: Json, status: Json, family: string | null): Html | null {
  if (acting.reader.role === 'viewer') return null
  const own = family === null ? list : part(list, `families.${family}`)
  const sets = items(own, 'sets')
  const current = word(status, 'current')
  const others = sets.filter((set) => at(set, 'current') !== true)
  const held = items(status, 'holds').map((hold) => word(hold, 'set'))
  const of = family === null ? [] : [hidden('family', family)]
  const form = (one: ActionForm) =>
    actionForm(acting, { ...one, id: family === null ? one.action : `${one.action}-${family}` })
  const forms = [
    form({
      action: 'update',
      label: 'Update now',
      explains: html`The sources are asked at once. What comes is proved, tried at the gate and made current only when it is newer and sound; it may take a few minutes.`,
      fields: [...of, reasonField(false)],
    }),
    form({
      action: 'verify',
      label: 'Verify',
      explains: html`Every file of the current set is checked against its signed guard.`,
      fields: [
        ...of,
        html`<label class="check"><input type="checkbox" name="repair" value="true"><span>Repair: fall back to an older good set, or fetch anew, when it is bad</span></label>`,
        reasonField(false),
      ],
    }),
    form({
      action: 'rollback',
      label: 'Roll back',
      grave: true,
      explains: html`The chosen set becomes current and the scanner is told. ${plain(current)} is barred: no update takes it again, only a newer one.`,
      fields: [
        ...of,
        setField('Go back to', [['', 'the previous good set'], ...others.map((set) => optionOf(set))]),
        reasonField(true),
      ],
    }),
    form({
      action: 'hold',
      label: 'Hold',
      explains: html`The set is kept on disk, and while it is current no update replaces it.`,
      fields: [
        ...of,
        setField('Set', [
          ['', `the current one${current === '' ? '' : `, ${current}`}`],
          ...others.map((set) => optionOf(set)),
        ]),
        field(
          'Until (optional)',
          html`<input name="until" type="date">`,
          'Without a day it is held until somebody releases it.',
        ),
        reasonField(false),
      ],
    }),
    held.length > 0 &&
      form({
        action: 'unhold',
        label: 'Release',
        explains: html`Updates replace the set again, and it may be removed when it is old.`,
        fields: [
          ...of,
          setField(
            'Set',
            held.map((set) => [set, set]),
          ),
        ],
      }),
  ]
  return html`<section class="actions" aria-label="Actions" data-part="${family ?? ''}.actions">${forms}</section>`
}

function optionOf(set: Json): readonly [string, string] {
  const name = word(set, 'set')
  const marks = [
    at(set, 'previous') === true && 'previous',
    at(set, 'held') === true && 'held',
    at(set, 'barred') === true && 'barred',
  ]
  const said = marks.filter((mark) => mark !== false).join(', ')
  return [name, said === '' ? name : `${name} (${said})`]
}
