/** C0, DEL, C1, and marks that reorder or hide text: all that can rewrite a terminal, begin a line, or disguise a name. */
export const unsafeCharacters =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g
const runs = new RegExp(`${unsafeCharacters.source}+`, 'g')

/** A text with a space for each run of such characters, so that it begins no line or header and turns nothing round. */
export function oneLine(text: string): string {
  return text.replace(runs, ' ')
}
