// What decides where a rule begins: strings and patterns, comments, and the word itself with a name behind it.
const landmark = /\/\*|\/\/|["/]|(?<![$#@!\w])rule\s+[A-Za-z_]\w*\s*[:{]/g

/** How many rules a YARA text declares, those in comments and in strings left out. */
export function countYara(text: string): number {
  let rules = 0
  let at = 0
  for (;;) {
    landmark.lastIndex = at
    const found = landmark.exec(text)
    if (!found) return rules
    const [mark] = found
    const behind = found.index + mark.length
    if (mark === '/*') at = endAfter(text, '*/', behind)
    else if (mark === '//') at = endAfter(text, '\n', behind)
    else if (mark === '"' || mark === '/') at = endOfQuoted(text, behind, mark)
    else {
      rules += 1
      at = behind
    }
  }
}

function endAfter(text: string, end: string, from: number): number {
  const found = text.indexOf(end, from)
  return found < 0 ? text.length : found + end.length
}

// Neither a string nor a pattern goes on behind the end of its line.
function endOfQuoted(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at += 1) {
    const letter = text[at]
    if (letter === '\\') at += 1
    else if (letter === quote || letter === '\n') return at + 1
  }
  return text.length
}
