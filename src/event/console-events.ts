import type { EventKind } from './event-kind.ts'

/** What people do in the console, and who tries what is not theirs to do. */
export const consoleEvents = {
  'console.login': {
    id: 1120,
    level: 'information',
    message: 'Logged in to the console: <reason>',
    cause: 'Somebody gave a right name and password.',
    action: 'None.',
  },
  'console.login-failed': {
    id: 1121,
    level: 'warning',
    message: 'A login to the console failed: <reason>',
    cause: 'Name or password was wrong; told once a minute and name, and when the tenth has locked it out.',
    action: 'None for a slip. Look where it comes from when it goes on.',
  },
  'console.logout': {
    id: 1125,
    level: 'information',
    message: 'Logged out of the console: <reason>',
    cause: 'Somebody ended a session.',
    action: 'None.',
  },
  'console.action': {
    id: 1122,
    level: 'information',
    message: 'Asked for in the console: <reason>',
    cause: 'Somebody with the right to it began an action in the console.',
    action: 'None; the events that follow tell how it ended.',
  },
  'console.frequent-failures': {
    id: 1123,
    level: 'warning',
    message: 'Several logins to the console failed: <reason>',
    cause: 'The third wrong login for a name in a row, and every one after it until a right one.',
    action: 'Ask whoever has that name; take the user away when it was somebody else.',
  },
  'console.denied': {
    id: 1124,
    level: 'warning',
    message: 'Somebody tried in the console what they may not: <reason>',
    cause: 'A user whose role does not allow an action sent it all the same; nothing was done.',
    action: 'Give another role by `defs console user add`, or ask what it was for.',
  },
  'console.certificate': {
    id: 1126,
    level: 'information',
    message: 'The console uses the renewed certificate <path>: <reason>',
    cause: 'Certificate and key were replaced on disk; open connections keep the old one to their end.',
    action: 'None.',
  },
  'console.certificate-refused': {
    id: 1127,
    level: 'warning',
    message: 'The console keeps its old certificate, the new one in <path> is of no use: <reason>',
    cause:
      'What was put in the place of certificate or key is missing, is none, has expired, or does not belong together.',
    action: 'Put the certificate chain and its own key there; they are taken up within seconds.',
  },
} as const satisfies Record<string, EventKind>
