import type { Level } from '../../catalogue.ts'

/** Severities of RFC 5424 table 2, which journald has too. */
export const severityOf = {
  error: 3,
  warning: 4,
  information: 6,
} as const satisfies Record<Level, number>
