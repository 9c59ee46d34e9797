/** Severity, as in the public tables of the family (domain.md section 7). */
export type Level = 'information' | 'warning' | 'error'

/** What an event means, for people: `defs events explain` prints it. */
export interface EventKind {
  readonly id: number
  /** The number under `product.version` 6.0.x, where it differs (seed 001). */
  readonly id60?: number
  readonly level: Level
  /** `<directory>`, `<code>` and other names in angle brackets are filled in. */
  readonly message: string
  /** What has happened. */
  readonly cause: string
  /** What an admin does about it. */
  readonly action: string
}

/**
 * All events, by stable name. 25, 30 and 399 to 404 are the family's own (seeds 000 and 001, contract
 * section 5); ours begin at 1000.
 */
export const catalogue = {
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
    cause: 'The newest set is damaged or not authentic; the newest earlier set that verifies is current now.',
    action:
      'None at once: the next update corrects it. If it returns, check the disk and who writes to the store.',
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
    action: 'The error code names the stage and the cause; `defs events explain` and the README list them.',
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
    action: 'Check the scanner; run `defs update --force` afterwards.',
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
    cause: 'A signal ended the run; the set that was current still is.',
    action: 'None; the next run resumes the download.',
  },
  'store.other-writer': {
    id: 1011,
    level: 'warning',
    message: 'Another program updates this store: <reason>',
    cause: 'Somebody else made another set current since our last run; two updaters undo each other.',
    action: 'Let one product update the store and all others read it: switch the other updater off.',
  },
  'licence.warning': {
    id: 1040,
    level: 'warning',
    message: 'The content licence is about to expire: <reason>',
    cause: 'The licence is in its warning period.',
    action: 'Renew it; `defs license` shows the dates.',
  },
  'licence.expired': {
    id: 1041,
    level: 'warning',
    message: 'The content licence has expired: <reason>',
    cause: 'The licence is in its grace period: downloads go on until that ends.',
    action: 'Renew it; `defs license` shows the dates.',
  },
  'licence.missing': {
    id: 1042,
    level: 'error',
    message: 'Not licensed: <reason>',
    cause: 'There is no content licence that counts; nothing is downloaded, scanning goes on.',
    action: 'Install a licence and name it in `licence.file`; `defs license` explains what was found.',
  },
  'licence.not-yet': {
    id: 1043,
    level: 'error',
    message: 'The content licence is not valid yet: <reason>',
    cause: 'The licence starts later; nothing is downloaded until then.',
    action: 'Check the clock of the machine, and the dates in `defs license`.',
  },
  'sink.failing': {
    id: 1060,
    level: 'warning',
    message: 'Events cannot be delivered to the sink <path>: <reason>',
    cause: 'A receiver of events is down, slow or refuses us; its events wait in `state/spool`.',
    action: 'Look at the receiver; `defs events test` tries it. What waits is delivered by the next run.',
  },
  'sink.dropped': {
    id: 1061,
    level: 'warning',
    message: 'Events for the sink <path> were given up: <reason>',
    cause: 'More events waited for a receiver than the spool holds, or it refused some for good.',
    action: 'The journal has them all. Look at the receiver.',
  },
  'sink.test': {
    id: 1062,
    level: 'information',
    message: 'This is a test event of `defs events test`',
    cause: 'Somebody tried the sinks.',
    action: 'None.',
  },
  'set.published': {
    id: 1050,
    level: 'information',
    message: 'Published for <reason>',
    cause: 'A definition set was added to a channel of the internal server.',
    action: 'None.',
  },
  'set.promoted': {
    id: 1051,
    level: 'information',
    message: 'Promoted to <reason>',
    cause: 'A set that one channel had is on offer in another one now.',
    action: 'None.',
  },
  'set.demoted': {
    id: 1052,
    level: 'warning',
    message: 'Demoted: clients go back to an older set: <reason>',
    cause: 'A channel of the internal server names an older set in a newer statement.',
    action: 'Publish or promote a good newer set as soon as there is one.',
  },
  'tree.purged': {
    id: 1053,
    level: 'information',
    message: 'Removed from the internal server: <reason>',
    cause: 'A published set was beyond `publish.keep` and no channel needed it.',
    action: 'None.',
  },
  'key.rotated': {
    id: 1054,
    level: 'information',
    message: 'A signing key was replaced: <reason>',
    cause: 'Somebody ran `defs keys rotate`.',
    action: 'None: clients follow by themselves. Keep the offline keys offline.',
  },
  'daemon.started': {
    id: 1070,
    level: 'information',
    message: 'The definition-update daemon has started',
    cause: '`defs daemon` runs the schedule and looks after the store from now on.',
    action: 'None.',
  },
  'daemon.stopped': {
    id: 1071,
    level: 'information',
    message: 'The definition-update daemon has stopped',
    cause: 'A signal asked the daemon to stop; nothing is updated by schedule until it runs again.',
    action: 'None, if it was meant.',
  },
  'configuration.reloaded': {
    id: 1072,
    level: 'information',
    message: 'The configuration was read again and is in force',
    cause: 'SIGHUP, or the file changed.',
    action: 'None.',
  },
  'configuration.refused': {
    id: 1073,
    level: 'error',
    message: 'The changed configuration was refused, the old one stays in force: <reason>',
    cause: 'The configuration file was changed and has problems.',
    action: '`defs config check` lists every problem; the daemon reads the file again when it changes.',
  },
  'check.failed': {
    id: 1074,
    level: 'error',
    message: 'The regular check of store and scanner failed: <reason>',
    cause: 'The daemon could not prove the current set or reach the scanner.',
    action: 'The error code names the stage; the check is repeated every ten minutes.',
  },
  'role.unknown': {
    id: 1075,
    level: 'warning',
    message: 'The role of this node is unknown, it counts as active: <reason>',
    cause: 'The program of `role.command` neither said active (status 0) nor passive (status 1).',
    action: 'Check that program; an update on a passive node does no harm, a missing one would.',
  },
  'rolled-back.by-hand': {
    id: 1020,
    level: 'warning',
    message: 'Virus definitions were rolled back by hand to <directory>: <reason>',
    cause: 'Somebody ran `defs rollback`; the set that was left is barred.',
    action: 'None; `defs update --allow SET` takes the barred set again, a newer one comes by itself.',
  },
  'set.held': {
    id: 1030,
    level: 'information',
    message: 'Virus definitions <set> are held',
    cause: 'Somebody ran `defs hold`: the set is not pruned and, while it is current, not replaced.',
    action: 'None; `defs unhold` releases it.',
  },
  'set.released': {
    id: 1031,
    level: 'information',
    message: 'Virus definitions <set> are no longer held',
    cause: 'Somebody ran `defs unhold`.',
    action: 'None.',
  },
  'hold.outdated': {
    id: 1032,
    level: 'warning',
    message: 'The held virus definitions <set> are older than allowed',
    cause: 'The current set is held and older than `maxAge`; repeated every 24 h.',
    action: 'Run `defs unhold` as soon as the reason for the hold is gone.',
  },
} as const satisfies Record<string, EventKind>

/** The stable name of an event. */
export type EventName = keyof typeof catalogue
