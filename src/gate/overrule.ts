import type { CheckName, Finding } from './finding.ts'

/** What the user said about the set before it was judged. */
export interface Wish {
  /** `--force` */
  readonly force: boolean
  /** `--allow` named this very set. */
  readonly allowed: boolean
}

/**
 * Which words take a set although a check speaks against it. `--force` says that an unusual set is wanted, `--allow`
 * that this one was looked at. A set that the engine cannot load is of use to nobody: only `gate.engine` helps.
 */
const overrulers = {
  size: ['force', 'allowed'],
  engine: [],
  detect: ['allowed'],
  clean: ['allowed'],
  command: ['allowed'],
} as const satisfies Record<CheckName, readonly (keyof Wish)[]>

/** The findings with those marked that do not count because of what the user said. */
export function overrule(findings: readonly Finding[], wish: Wish): readonly Finding[] {
  return findings.map((one) => {
    const overruled = speaksAgainst(one) && overrulers[one.check].some((word) => wish[word])
    return { ...one, overruled }
  })
}

/** Whether a finding keeps the set out: it failed, or could not be carried out, and nobody overruled it. */
export function keepsOut(one: Finding): boolean {
  return speaksAgainst(one) && !one.overruled
}

// A check that was asked for and cannot be made is no check passed.
function speaksAgainst({ outcome }: Finding): boolean {
  return outcome === 'failed' || outcome === 'undecided'
}
