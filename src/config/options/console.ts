import type { OptionRows } from './option.ts'

const minute = 60_000
const hour = 60 * minute

/** The keys of `console`: pages and API in a browser; part of the option table. */
export const consoleOptions = {
  'console.listen': {
    type: 'socket',
    default: '127.0.0.1:7080',
    description: 'Where the daemon serves the console, `host:port`; beyond this machine with TLS only.',
  },
  'console.users': {
    type: 'path',
    default: null,
    description: 'File of its users, see `defs console user`; without it there is no console.',
  },
  'console.idle': {
    type: 'duration',
    default: 5 * minute,
    least: minute,
    most: 24 * hour,
    description: 'A login ends after this long without anything done.',
  },
  'console.sessions': {
    type: 'duration',
    default: 12 * hour,
    least: minute,
    most: 30 * 24 * hour,
    description: 'A login ends after this long, whatever is done.',
  },
  'console.certificate': {
    type: 'path',
    default: null,
    description: 'PEM certificate chain: serves HTTPS, and takes up a renewed one by itself.',
  },
  'console.key': { type: 'path', default: null, description: 'PEM key of that certificate.' },
  'console.names': {
    type: 'texts',
    default: [],
    description: 'Further host names the console is reached by, those of a reverse proxy included.',
  },
  'console.tokens': {
    type: 'path',
    default: null,
    description:
      'File of hashed tokens for its API, one `sha256 name` a line; the role is that of the user `name`.',
  },
  'console.trustHeader': {
    type: 'text',
    default: null,
    description:
      'Header in which a reverse proxy says who is logged in, believed from `console.trustFrom` only; without it no header is.',
  },
  'console.trustFrom': {
    type: 'texts',
    default: ['127.0.0.1', '::1'],
    description: 'Addresses of that proxy, or networks as 10.0.0.0/24.',
  },
  'console.trustGroups': {
    type: 'text',
    default: null,
    description: 'Header in which that proxy says the groups of whoever is logged in.',
  },
  'console.trustViewers': {
    type: 'texts',
    default: [],
    description: "Groups whose members may look, when they are not among the users; '*' is everybody.",
  },
  'console.trustOperators': {
    type: 'texts',
    default: [],
    description: 'Groups whose members may operate, alike.',
  },
  'console.trustApprovers': {
    type: 'texts',
    default: [],
    description: 'Groups whose members may approve, alike.',
  },
} as const satisfies OptionRows
