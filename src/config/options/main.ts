import { limits } from '../../limits.ts'
import { consoleOptions } from './console.ts'
import { eventOptions } from './event.ts'
import { fleetOptions } from './fleet.ts'
import { networkOptions } from './network.ts'
import type { OptionRows, Settings } from './option.ts'
import { publishOptions } from './publish.ts'
import { gateOptions, scannerOptions } from './scanner.ts'

const MiB = 1024 * 1024
const minute = 60_000
const hour = 60 * minute

/**
 * The option table: everything that can be set once, by key path. The file, `DEFS_*` variables, checking,
 * defaults, `config show`, `config init` and docs/options.md are all read from here, and `Config` has its keys and types; keys inside `sources.<name>` and
 * `schedule[]` stand in source.ts and publish.ts.
 */
export const options = {
  'store.root': {
    type: 'path',
    default: '/var/lib/defs',
    description: 'Folder that holds the Hawking structure and the state of `defs`.',
  },
  'store.keep': {
    type: 'integer',
    default: 3,
    least: 2,
    most: 90,
    description: 'How many sets stay on disk, the current one included.',
  },
  'store.layout': {
    type: 'choice',
    default: 'hawking',
    values: ['hawking', 'windows-2003-x86', 'windows-2003-x64', 'windows-2008', 'unix'],
    description: 'Path table of the Hawking structure below `store.root`.',
  },
  'store.group': {
    type: 'text',
    default: null,
    description: 'Group (name or number) that may read the sets.',
  },
  'store.reserve': {
    type: 'bytes',
    default: 64 * MiB,
    least: 0,
    description: 'Space that must stay free on the disk of the store.',
  },
  'product.name': {
    type: 'text',
    default: 'SMSMSE',
    description: 'Code of the consumer in `usage.dat`.',
  },
  'product.version': {
    type: 'text',
    default: '6.5.8',
    description: 'Version of the consumer: decides event numbers, and CSAPI or direct use.',
  },
  'trust.anchors': {
    type: 'paths',
    default: [],
    description: 'PEM files of the pinned certificates that every signature must lead to.',
  },
  'trust.tufRoot': {
    type: 'path',
    default: null,
    description: 'First TUF root of an internal server; without it the internal server is read without TUF.',
  },
  'trust.allowSha1': {
    type: 'boolean',
    default: false,
    description: 'Accept guard entries that state SHA-1 alone.',
  },
  'trust.expired': {
    type: 'choice',
    default: 'accept',
    values: ['accept', 'refuse'],
    description: 'What to do with a chain that ends in a pinned anchor but is past its dates.',
  },
  'trust.allowUnsafeFiles': {
    type: 'boolean',
    default: false,
    description:
      'Take anchors, keys and programs that others than root and the caller could change. For the configuration file itself only the variable counts.',
  },
  default: {
    type: 'text',
    default: null,
    description: 'Source that is asked first; the only one if there is one.',
  },
  fallback: { type: 'texts', default: [], description: 'Sources asked in turn when the first one fails.' },
  parts: {
    type: 'texts',
    default: [],
    description:
      'Sources of kind `rules` whose packs become one set, each proved and kept by itself; instead of `default`.',
  },
  maxAge: {
    type: 'duration',
    default: 36 * hour,
    least: minute,
    description: 'Age from which the current set counts as stale (event 404, exit code 9).',
  },
  timeZone: {
    type: 'text',
    default: null,
    description: 'Time zone of the schedule (IANA name); that of the machine when not set.',
  },
  ...scannerOptions,
  ...gateOptions,
  'quarantine.forward': {
    type: 'text',
    default: null,
    description:
      'Where what the gate or a proof refused is sent for analysis, beside staying here: an absolute folder, or an http or https address that each is put to as a tar file.',
  },
  'quarantine.forwardMax': {
    type: 'bytes',
    default: limits.forward,
    least: MiB,
    description: 'Largest that is sent on; also the most that such a folder is filled with.',
  },
  'licence.file': { type: 'path', default: null, description: 'Content licence (`.slf`, XML).' },
  'licence.required': {
    type: 'boolean',
    default: false,
    description: 'Download nothing without a valid content licence.',
  },
  'licence.product': {
    type: 'text',
    default: null,
    description: 'Name of the licence to use when the file holds several; else the one that ends last.',
  },
  'role.is': {
    type: 'choice',
    default: 'active',
    values: ['active', 'passive', 'designated'],
    description:
      'Role of this node in a cluster; `role: passive` is short for it. A passive one waits. The `designated` one of several products in one store updates it; the others read and say so.',
  },
  'role.command': {
    type: 'texts',
    default: [],
    description: 'Program and its arguments, run without a shell: status 0 says active, 1 says passive.',
  },
  managementAddress: {
    type: 'boolean',
    default: false,
    description: 'Whether this node reaches its sources while it is passive, and so updates all the same.',
  },
  'retry.every': {
    type: 'duration',
    default: 15 * minute,
    least: minute,
    description: 'After a failed run the daemon tries again this much later.',
  },
  'retry.for': {
    type: 'duration',
    default: hour,
    least: 0,
    description: 'How long it goes on trying; then it waits for the schedule.',
  },
  'metrics.textfile': {
    type: 'path',
    default: null,
    description:
      'File that is replaced with metrics for Prometheus after every run; node_exporter reads only those called `*.prom`.',
  },
  'daemon.listen': {
    type: 'socket',
    default: null,
    description:
      'Where the daemon serves `/metrics` and `/healthz`: `127.0.0.1:9100`, or the path of a socket.',
  },
  ...consoleOptions,
  ...eventOptions,
  ...networkOptions,
  'limits.package': {
    type: 'bytes',
    default: limits.package,
    least: 1,
    description: 'Largest package, as sent.',
  },
  'limits.unpacked': {
    type: 'bytes',
    default: limits.unpacked,
    least: 1,
    description: 'Largest set, unpacked.',
  },
  'limits.entries': {
    type: 'integer',
    default: limits.entries,
    least: 1,
    most: 1_000_000,
    description: 'Most members of one package.',
  },
  'limits.ratio': {
    type: 'integer',
    default: limits.ratio,
    least: 1,
    most: 1032,
    description: 'Greatest unpacked size over packed size of one member.',
  },
  ...publishOptions,
  ...fleetOptions,
} as const satisfies OptionRows

/** The values of the option table. */
export type MainSettings = Settings<typeof options>
