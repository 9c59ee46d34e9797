/**
 * A text without anything that could begin a new line, a new header or a command of a terminal: control characters
 * and the line ends of Unicode become spaces.
 */
export function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
}

/** A text cut to so many bytes of UTF-8, never inside a character. */
export function cutToBytes(text: string, most: number): string {
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.length <= most) return text
  let end = Math.max(0, most)
  // Bytes 10xxxxxx continue a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end)
}
