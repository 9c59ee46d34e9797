import type { EventKind } from './event-kind.ts'

/**
 * What happens to definitions and on the way to them. 25, 30 and 399 to 404 are the family's own numbers
 * (docs/domain.md section 7, docs/contract.md section 5); ours begin at 1000.
 */
export const updateEvents = {
  'definitions.updated': {
    id: 30,
    level: 'information',
    message: 'Virus Definitions Update was successful',
    cause: 'A newer definition set was proved authentic and is now current in the Hawking structure.',
    action: 'None. Event 25 follows when the scanner uses the set.',
  },
  'scanner.updated': {
    id: 25,
    level: 'information',
    message: 'Updated virus definitions',
    cause: 'The scanner now uses the newest definition set.',
    action: 'None.',
  },
  'definitions.rolled-back': {
    id: 399,
    id60: 393,
    level: 'warning',
    message:
      'Virus definitions authenticity check failed. Server will try to use previous virus definitions <directory> Error code: <code>',
    cause:
      'The newest set is damaged or not authentic, or the scanner failed with it; an earlier good set is current now.',
    action:
      'None at once: the next update corrects it. If it returns, check the disk and who writes to the store. A set that the scanner failed with is barred, see `defs status`.',
  },
  'definitions.missing': {
    id: 400,
    id60: 394,
    level: 'error',
    message:
      'No valid virus definitions are available. Server will attempt to download new virus definitions. Error code: <code>',
    cause: 'Every set on disk is damaged or missing; a silent download follows, after the licence check.',
    action: 'None, unless event 401 follows.',
  },
  'scanner.failed': {
    id: 401,
    id60: 395,
    level: 'error',
    message:
      'Failed to initialize AV scanner. The virus definitions are either missing or corrupt. Error code: <code>',
    cause: 'No valid set is on disk and none could be downloaded; the scanner has nothing to work with.',
    action:
      'Make a source reachable and run `defs update`, or copy a package to this machine and update from it.',
  },
  'definitions.outdated': {
    id: 404,
    level: 'warning',
    message: 'Virus definitions are older than allowed',
    cause: 'The current set is older than `maxAge`.',
    action: 'Look at `defs status` for the last attempt and its outcome.',
  },
  'update.failed': {
    id: 1000,
    level: 'error',
    message: 'Definition update failed. Error code: <code>',
    cause: 'No source delivered a set that could be used; the set that was current still is.',
    action:
      'The error code names the stage and the cause; `defs events explain` and docs/troubleshooting.md list them.',
  },
  'update.nothing-newer': {
    id: 1001,
    level: 'information',
    message: 'Virus definitions are up to date',
    cause: 'The source offers nothing newer than the current set.',
    action: 'None.',
  },
  'update.not-taken': {
    id: 1002,
    level: 'information',
    message: 'The offered virus definitions were not taken: <reason>',
    cause: 'The source offers an older, barred or held-back set.',
    action: 'None; `defs update --force` takes it all the same.',
  },
  'source.left': {
    id: 1003,
    level: 'warning',
    message: 'Left <path> for the next one: <reason>',
    cause: 'A host or source of the configured list failed; the next one of the list is asked.',
    action: 'Check the host that was left if this repeats.',
  },
  'source.cooling-down': {
    id: 1004,
    level: 'warning',
    message: 'The source asked us to wait until <until>',
    cause: 'The server answered 429, or 503 with Retry-After.',
    action: 'None; the source is asked again after that moment.',
  },
  'package.refused': {
    id: 1005,
    level: 'error',
    message: 'A package was refused. Error code: <code>',
    cause: 'What the source delivered is not a package, breaks a limit, or is not authentic.',
    action: 'Never override it: tell whoever runs the source. The current set stays live.',
  },
  'store.recovered': {
    id: 1006,
    level: 'warning',
    message: 'The store was mended: <reason>',
    cause: 'An earlier run was interrupted, or somebody changed the store.',
    action: 'None.',
  },
  'scanner.refused': {
    id: 1007,
    level: 'error',
    message: 'The scanner did not take the set: <reason>',
    cause: 'Handing the set over to the scanner failed.',
    action:
      'Look at the scanner: memory, rights, `DatabaseDirectory`. The set before is current again; this one is barred only when the engine of the gate refused it as well (event 399).',
  },
  'disk.low': {
    id: 1008,
    level: 'warning',
    message: 'Low Disk Space Threshold Exceeded',
    cause: 'Less than 10 % of the disk of the store is free.',
    action: 'Free some space or lower `store.keep`.',
  },
  'download.fell-back': {
    id: 1009,
    level: 'warning',
    message: 'The incremental package was not used, the full one is fetched: <reason>',
    cause: 'An incremental package was missing, empty or damaged, or its base set is not on disk.',
    action: 'None.',
  },
  'update.interrupted': {
    id: 1010,
    level: 'warning',
    message: 'The update was interrupted',
    cause: 'A signal ended the run; nothing half-done is visible.',
    action: 'None; the next run resumes the download.',
  },
  'store.other-writer': {
    id: 1011,
    level: 'warning',
    message: 'Another program updates this store: <reason>',
    cause: 'Somebody else made another set current since our last run; two updaters undo each other.',
    action: 'Let one product update the store and all others read it: switch the other updater off.',
  },
  'scanner.absent': {
    id: 1016,
    level: 'warning',
    message: 'The scanner could not be told of the virus definitions: <reason>',
    cause:
      'The scanner does not run or cannot be asked, which says nothing of the set: it is current and stays so.',
    action:
      'Start the scanner: it loads what is current. If it runs, look at what the reason names: `DatabaseDirectory`, rights, `OfficialDatabaseOnly`, a disabled command, a program that is not on the PATH. The next run tells it again; repeated every 6 h.',
  },
  'scanner.told': {
    id: 1017,
    level: 'information',
    message: 'The scanner was told of the virus definitions, but cannot show that it uses them: <reason>',
    cause: 'Old and new set look alike to the scanner, and nothing that only the new one detects is known.',
    action: 'Name a sample that must be detected in `scanner.canary`.',
  },
  'definitions.confirmed': {
    id: 1018,
    level: 'information',
    message: 'Virus definitions <set> are confirmed',
    cause: 'The scanner was well with the set for as long as `scanner.confirm` says.',
    action: 'None.',
  },
  'package.unsigned': {
    id: 1014,
    level: 'warning',
    message: 'Rules were taken that nobody vouches for: <path>',
    cause:
      'The source has `allowUnsigned: true`; the MD5 beside a pack proves nothing of where it comes from.',
    action: 'Ask the publisher for a signature (minisign or PKCS#7), or pin the SHA-256 of the pack.',
  },
} as const satisfies Record<string, EventKind>
