// C0, DEL, C1, and the marks that reorder or hide text: all that can rewrite a terminal or disguise a line.
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** Text made harmless for a terminal: control characters are shown as `\x1b`, `\u202e`. */
export function plainText(text: string): string {
  // Nearly all text is, and to look is twice as quick as to replace nothing.
  if (text.search(unsafe) < 0) return text
  return text.replace(unsafe, (character) => {
    const code = character.charCodeAt(0)
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** One line of JSON in which the same characters are escaped as JSON has it. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value).replace(unsafe, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
