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
