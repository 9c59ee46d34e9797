import { writeIni } from '../../ini.ts'
import { foldName } from '../name.ts'

/** An entry of a guard. */
export interface Guarded {
  readonly name: string
  readonly sha256: string
  /** Null leaves it out. */
  readonly sha1: string | null
}

/** The text of a guard over these files. */
export function guardText(
  files: readonly Guarded[],
  header: readonly (readonly [string, string])[] = [],
): string {
  const sections = files.map(
    ({ name, sha256, sha1 }) =>
      [
        `File-${foldName(name)}`,
        [...(sha1 === null ? [] : [['SHA1', sha1] as const]), ['SHA256', sha256] as const],
      ] as const,
  )
  return writeIni([['GuardHeader', header], ...sections])
}
