/** One thing that is wrong with the configuration. */
export interface Problem {
  /** Key path, for example `sources.rapid.url`; empty for the file as a whole. */
  readonly path: string
  /** Line of the file, from 1; null when the value does not come from the file. */
  readonly line: number | null
  readonly message: string
}

/** A problem as one line, `path (line N): message`. */
export function describeProblem(problem: Problem): string {
  const line = problem.line === null ? '' : `line ${problem.line}`
  if (problem.path === '') return line === '' ? problem.message : `${line}: ${problem.message}`
  return `${problem.path}${line === '' ? '' : ` (${line})`}: ${problem.message}`
}

/** The candidate that somebody most likely meant; null when none is near. */
function suggestionFor(word: string, candidates: Iterable<string>): string | null {
  // Two letters exchanged are two steps.
  const most = Math.max(word.length > 3 ? 2 : 1, Math.floor(word.length / 3))
  let best: { name: string; distance: number } | null = null
  for (const name of candidates) {
    const distance = editDistance(word.toLowerCase(), name.toLowerCase(), most)
    if (distance <= most && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { name, distance }
  }
  return best?.name ?? null
}

/** A question to end a message with: ` (did you mean 'x'?)`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const name = suggestionFor(word, candidates)
  return name === null ? '' : ` (did you mean '${name}'?)`
}

// Levenshtein; words of very different length are not compared, so a huge key costs nothing.
function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return Number.POSITIVE_INFINITY
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(swap, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
    previous = row
  }
  return previous[b.length] ?? Number.POSITIVE_INFINITY
}
