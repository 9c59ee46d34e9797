import type { EventKind } from './event-kind.ts'

/** What is watched around a store: the machine, certificates, tokens, the schedule, who else updates. */
export const watchEvents = {
  'store.designated-elsewhere': {
    id: 1012,
    level: 'information',
    message: 'Another product updates this store: <reason>',
    cause: 'A product with `role: designated` updates the store; this one reads what that brings.',
    action: 'None; `defs update --any-role` updates all the same.',
  },
  'memory.low': {
    id: 1019,
    level: 'warning',
    message: 'Low Memory Threshold Exceeded',
    cause: 'Less than 10 % of the memory of this machine is free; repeated every 6 h.',
    action: 'See what takes it. A scanner that has not enough keeps the set before or ends.',
  },
  'schedule.paused': {
    id: 1034,
    level: 'information',
    message: 'Updates by schedule are paused: <reason>',
    cause: 'Somebody ran `defs schedule pause`; the schedule itself stays as it is.',
    action: 'None; `defs schedule resume` ends it, as does the moment of `--until`.',
  },
  'schedule.resumed': {
    id: 1035,
    level: 'information',
    message: 'Updates by schedule go on: <reason>',
    cause: 'Somebody ran `defs schedule resume`, or the pause has come to its end.',
    action: 'None; what was missed is caught up once.',
  },
  'store.retired': {
    id: 1036,
    level: 'warning',
    message: 'This product was taken out of the store: <reason>',
    cause: 'Somebody ran `defs retire --yes`; definitions that other products use stay.',
    action: 'None, if it was meant.',
  },
  'certificate.ending': {
    id: 1044,
    level: 'warning',
    message: 'A certificate comes to its end: <reason>',
    cause:
      'A certificate of `serve`, of `console`, of `trust.anchors` or of the guards made here, the root of the published tree, or with `trust.expired: refuse` the signer of the current set ends within 30 days; once a day.',
    action:
      'Replace it in time: for root, guard and guard-root run `defs keys rotate` with that name and the offline keys. For a signer ask its publisher for a set that is signed anew. Whether an anchor past its end counts is said by `trust.expired`.',
  },
  'certificate.ended': {
    id: 1045,
    level: 'error',
    message: 'A certificate has ended: <reason>',
    cause:
      'A certificate of `serve` or `console`, one of the guards made here, the root of the published tree, or with `trust.expired: refuse` the signer of the current set is past its end: who meets it may refuse it; once a day.',
    action:
      'Replace the file; it is taken up at the next start, by the console by itself. For root, guard and guard-root run `defs keys rotate` with that name; for a signer update.',
  },
  'serve.frequent-failures': {
    id: 1056,
    level: 'warning',
    message: 'Several logins to the internal server failed: <reason>',
    cause: 'The third wrong token of one address in a row, and every one after it until a right one.',
    action: 'See which client is at that address; a token is a line of `serve.tokens`.',
  },
  'serve.denied': {
    id: 1057,
    level: 'warning',
    message: 'Somebody without a token asked the internal server: <reason>',
    cause: 'A request had no token or a wrong one and was answered with 401; once an hour and address.',
    action: 'Give the client a token, or keep it away.',
  },
  'serve.login': {
    id: 1058,
    level: 'information',
    message: 'A client logged in to the internal server: <reason>',
    cause: 'The first request with a right token from one address, once a day.',
    action: 'None.',
  },
  'daemon.started-after-crash': {
    id: 1076,
    level: 'warning',
    message: 'The definition-update daemon has started after an unexpected shutdown',
    cause: 'The daemon before it did not end by itself: it was killed, or the machine went down.',
    action: 'See the log of the system for that time. The store needs nothing: it is mended at every start.',
  },
  'daemon.start-failed': {
    id: 1077,
    level: 'error',
    message: 'The definition-update daemon could not start: <reason>',
    cause: 'The error code says what is in the way.',
    action: 'Mend it and start the daemon again; nothing is updated by schedule until then.',
  },
  'quarantine.forwarded': {
    id: 1082,
    level: 'information',
    message: 'What was refused was sent on for analysis: <reason>',
    cause: 'The gate or a proof refused it, and `quarantine.forward` names where it goes.',
    action: 'None.',
  },
  'quarantine.kept': {
    id: 1083,
    level: 'warning',
    message: 'What was refused could not be sent on for analysis: <reason>',
    cause: 'The place of `quarantine.forward` does not take it; it stays in `state/quarantine`.',
    action: 'None for the definitions. Look at the place; the next run tries again.',
  },
} as const satisfies Record<string, EventKind>
