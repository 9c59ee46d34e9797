import type { EventKind } from './event-kind.ts'

/** What happens around updates: licence, sinks, the internal server, the daemon, decisions of an admin. */
export const serviceEvents = {
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
  'mirror.failed': {
    id: 1055,
    level: 'warning',
    message: 'Mirroring into the internal server failed: <reason>',
    cause: 'A line of the schedule with `publish` could not be carried out; clients keep what is published.',
    action: 'The error code names the stage; it is tried again as `retry` says.',
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
  'daemon.replaced': {
    id: 1078,
    level: 'warning',
    message: 'The program of the definition-update daemon was replaced: <reason>',
    cause:
      'An upgrade put another program in the place of the one that runs, which loads parts of it when it first needs them.',
    action:
      'None under systemd: the daemon ends between two runs, with 130, and is started anew. Else restart it: runs may fail until then.',
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
  'set.withdrawn': {
    id: 1033,
    level: 'warning',
    message: 'The virus definitions <set> were withdrawn by their publisher: <reason>',
    cause: 'A signed statement of an internal server names the set; it is barred for every source.',
    action: 'None: whoever has it goes to the set that the statement offers.',
  },
  'hold.outdated': {
    id: 1032,
    level: 'warning',
    message: 'The held virus definitions <set> are older than allowed',
    cause: 'The current set is held and older than `maxAge`; repeated every 24 h.',
    action: 'Run `defs unhold` as soon as the reason for the hold is gone.',
  },
} as const satisfies Record<string, EventKind>

/** What the gate does with sets that ask to become current. */
export const gateEvents = {
  'gate.refused': {
    id: 1080,
    level: 'error',
    message: 'The gate refused the virus definitions <set>: <reason>',
    cause: 'A proved set failed a check of the gate, or a check could not be made; the old set stays live.',
    action:
      'A set at fault is barred and lies in `state/quarantine`; a newer one comes by itself, `defs update --allow SET` takes this one if the engine loads it. A check that could not be made is tried again by the next update.',
  },
  'gate.overruled': {
    id: 1081,
    level: 'warning',
    message: 'The gate was overruled for the virus definitions <set>: <reason>',
    cause: 'Somebody took a set with `--allow` or `--force` although a check of the gate spoke against it.',
    action: 'None, if it was meant; else `defs rollback`.',
  },
  'part.doubled': {
    id: 1084,
    level: 'information',
    message: 'Rules that several parts have are active once: <reason>',
    cause:
      'Packs of different publishers hold the same sid or rule; the highest revision of the active ones counts.',
    action: 'None; if the other one is meant, except it in its source, or leave one of the packs out.',
  },
  'exception.added': {
    id: 1086,
    level: 'information',
    message: '<path> is excepted: <reason>',
    cause: 'Somebody does not want this signature, rule or group of rules to be detected.',
    action:
      'None; `defs exceptions list` shows all of them, and the sets that are made from now on go without it.',
  },
  'exception.removed': {
    id: 1087,
    level: 'information',
    message: '<path> is no longer excepted',
    cause: 'Somebody took an exception back.',
    action: 'None.',
  },
  'exception.ended': {
    id: 1088,
    level: 'information',
    message: 'The exception for <path> has ended: <reason>',
    cause: 'Its date has come.',
    action: 'None; make it anew if it is still needed.',
  },
  'exception.unmatched': {
    id: 1089,
    level: 'warning',
    message: 'The exception for <path> matches nothing any more',
    cause: 'The publisher has renamed or withdrawn what was excepted.',
    action: 'Remove the exception; if the same thing is detected under another name, except that.',
  },
  'part.kept': {
    id: 1085,
    level: 'warning',
    message: 'The part <path> of the virus definitions <reason>',
    cause:
      'A list of a third party could not be had, is empty, damaged, much smaller than before, or is not loaded by the engine. All other parts of the set are as new as they can be.',
    action:
      'Look at the reason and at the provider; the next update tries it again. `--force` takes a smaller list.',
  },
} as const satisfies Record<string, EventKind>
