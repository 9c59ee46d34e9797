// The actions of Suricata and Snort, which every rule begins with.
const actions =
  /^(?:alert|drop|pass|reject|rejectsrc|rejectdst|rejectboth|config|log|block|sdrop|react|rewrite|activate|dynamic)\s/

/** How many rules of Suricata or Snort are active: one begins with its action, and a `\` takes it to the next line. */
export function countSuricata(text: string): number {
  let rules = 0
  let continued = false
  for (const line of linesOf(text)) {
    if (!continued && actions.test(line)) rules += 1
    // A comment ends with its line, whatever stands there.
    continued = line.endsWith('\\') && !line.startsWith('#')
  }
  return rules
}

/** How many lines there are that are neither blank nor begin with `#`. */
export function countLines(text: string): number {
  return linesOf(text).filter((line) => line !== '' && !line.startsWith('#')).length
}

function linesOf(text: string): string[] {
  return text.split('\n').map((line) => line.trim())
}
