import type { SharedSepConfig } from '../../config/config.ts'

/** A reason for which another product's definitions cannot be shared. */
export interface SharedCondition {
  readonly refuses: (config: SharedSepConfig) => boolean
  /** Said to the admin, with what to do. */
  readonly reason: string
}

/**
 * When sharing with SAV or SEP is refused (seed 000, domain.md section 5), as data. The exact steps for 64 bit
 * are documented nowhere, so that takes an explicit switch: our decision.
 */
export const sharedConditions: readonly SharedCondition[] = [
  {
    refuses: ({ sepVersion }) => !/^\d{1,5}(\.\d{1,5}){0,4}$/.test(sepVersion),
    reason: 'the version of the other product is not known: write it as numbers, for example 12.0',
  },
  {
    refuses: ({ sepVersion }) => isAbove12(sepVersion),
    reason:
      'Endpoint Protection 12.1 and later keep their definitions in another layout and do not share them: use LiveUpdate or an internal server',
  },
  {
    refuses: ({ bits, sharing64 }) => bits === 64 && !sharing64,
    reason:
      'on 64 bit sharing works only under conditions and after additional steps: set sharing64: true once they are taken',
  },
]

/** The first reason that applies, null when sharing is in order. */
export function refusalOf(config: SharedSepConfig): string | null {
  return sharedConditions.find(({ refuses }) => refuses(config))?.reason ?? null
}

// 12.0 and every build of it may share; 12.1 and up may not.
function isAbove12(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 12 || (major === 12 && minor > 0)
}
