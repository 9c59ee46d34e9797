import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { plainText } from '../../src/cli/output.ts'
import { plain } from '../../src/console/page/html.ts'
import { metatagValues } from '../../src/event/sink/mail-text.ts'
import { csvCell } from '../../src/text/csv-cell.ts'
import { oneLine, unsafeCharacters } from '../../src/text/plain-text.ts'
import { eventAt } from '../event/sink/world.ts'

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => String.fromCharCode(first + index))

// Unicode 15, UAX 9: the marks that have an effect on the order of text without being seen.
const marks = [...range(0x200e, 0x200f), ...range(0x202a, 0x202e), ...range(0x2066, 0x2069), '\u061c']

it.each(marks)('the mark %j turns no text round on any way to people', (mark) => {
  const name = `gpj${mark}.exe`
  const escaped = `gpj\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}.exe`
  const { SUBJECT, PATH, REASON } = metatagValues(
    eventAt(0, { message: name, path: name, reason: name }),
    'h',
  )
  expect([oneLine(name), csvCell(name), SUBJECT, PATH, REASON]).toEqual(Array(5).fill('gpj .exe'))
  expect([plainText(name), plain(name)]).toEqual([escaped, escaped])
})

it('leaves what people write', () => {
  const text = 'Grüße 日本 🙂 שלום'
  expect([oneLine(text), csvCell(text), plainText(text), plain(text)]).toEqual(Array(4).fill(text))
})

it('knows the same characters in the pages of the console, where events come later', () => {
  const script = readFileSync(new URL('../../browser/console.js', import.meta.url), 'utf8')
  expect(script).toContain(`const unsafe = ${unsafeCharacters}`)
})
