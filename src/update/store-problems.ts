import type { ErrorCode } from '../error.ts'
import type { Flaw } from '../hawking/flaw.ts'
import { linkFlaws, pointerFlaws, usageFlaws } from '../hawking/pointer-checks.ts'
import type { Run } from './run.ts'

/** What is wrong with one file, as `verify` lists it. */
export interface FileProblem {
  /** Relative to its set, or to the Hawking structure for what lies beside the sets; null for a set as a whole. */
  readonly file: string | null
  readonly code: ErrorCode
  readonly message: string
}

const files: Readonly<Partial<Record<Flaw['code'], [string, ErrorCode]>>> = {
  'pointer-damaged': ['definfo.dat', 'STORE_POINTER'],
  'pointer-dangling': ['definfo.dat', 'STORE_POINTER'],
  'previous-dangling': ['definfo.dat', 'STORE_RECORD'],
  'usage-behind': ['usage.dat', 'STORE_RECORD'],
  'link-wrong': ['current', 'STORE_RECORD'],
}

/** What is wrong with `definfo.dat`, `usage.dat` and the `current` link; changes nothing. @throws STORE_* */
export async function storeProblems({ store, config }: Run): Promise<FileProblem[]> {
  const problems: FileProblem[] = []
  for (const check of [pointerFlaws, usageFlaws, linkFlaws]) {
    for (const { code, message } of await check(store, config.product)) {
      const known = files[code]
      if (known) problems.push({ file: known[0], code: known[1], message })
    }
  }
  return problems
}
