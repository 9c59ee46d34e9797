/** The checks of the gate, in the order in which they are reported. */
export const checkNames = ['size', 'allowed', 'engine', 'detect', 'clean', 'command'] as const

/** One of {@link checkNames}. */
export type CheckName = (typeof checkNames)[number]

/** What one check of the gate has to say about a set; stays the same in JSON and in the record of the set. */
export interface Finding {
  readonly check: CheckName
  /**
   * - `passed`
   * - `failed`: the set is at fault.
   * - `undecided`: the check could not be carried out, which says nothing about the set.
   * - `off`: switched off, or there is nothing to judge by.
   */
  readonly outcome: 'passed' | 'failed' | 'undecided' | 'off'
  /** For people: what was found, or why nothing was looked for. */
  readonly text: string
  /** It speaks against the set, which was taken all the same because the user said so. */
  readonly overruled: boolean
}

/** A finding that nobody has overruled yet. */
export function finding(check: CheckName, outcome: Finding['outcome'], text: string): Finding {
  return { check, outcome, text, overruled: false }
}
