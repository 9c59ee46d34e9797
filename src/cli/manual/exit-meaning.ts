import type { ExitCode } from '../exit-code.ts'

/** When a run ends with each code, for people (contract section 2). */
export const exitMeanings = {
  0: 'done, or already current',
  1: 'something nobody foresaw: a fault of the program',
  2: 'a wrong command line or configuration; all problems are listed',
  3: 'no source answered, or a receiver of events did not take one',
  4: 'what came is no package, or breaks a limit',
  5: 'a signature, digest, guard, expiry or version was refused',
  6: 'the disk is full, a permission is missing, or input and output failed',
  7: 'the gate or the scanner refused the candidate; the old set is live',
  8: 'the live set was bad, and an older good one is live now (event 399)',
  9: 'the live set is older than allowed',
  10: 'another run is at work on the store',
  11: 'the source asked to wait; until when is printed',
  12: 'the content licence is missing, expired past its grace, or not yet valid',
  13: 'there is no valid set anywhere (event 401)',
  100: 'newer definitions are on offer (`defs check` alone)',
  130: 'a signal ended the run; nothing half-done is visible',
} as const satisfies Record<ExitCode, string>
