/**
 * C0, DEL, C1, and the marks that reorder or hide text: all that can rewrite a terminal, begin a line or a header, or
 * disguise a name. The one list for every way on which text reaches people; `browser/console.js` has a copy.
 */
export const unsafeCharacters =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

const unsafeRuns = new RegExp(`${unsafeCharacters.source}+`, 'g')

/**
 * A text without anything that could begin a new line, a new header or a command of a terminal, or show it in another
 * order than it has: such characters become spaces, one for each run of them.
 */
export function oneLine(text: string): string {
  return text.replace(unsafeRuns, ' ')
}
