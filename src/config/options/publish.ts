import type { OptionRows } from './option.ts'

const hour = 3_600_000
const day = 24 * hour

/** Options of the internal server: publishing and serving; part of the option table. */
export const publishOptions = {
  'publish.root': {
    type: 'path',
    default: null,
    description: 'Tree of the internal server; `publish/tree` below `store.root` when not set.',
  },
  'publish.keys': {
    type: 'path',
    default: null,
    description: 'Folder of the keys; `publish/keys` below `store.root` when not set.',
  },
  'publish.passphraseFile': {
    type: 'path',
    default: null,
    description: 'File whose first line opens the keys; else the variable `DEFS_KEYS_PASSPHRASE`.',
  },
  'publish.product': {
    type: 'text',
    default: 'SMSMSE Virus Definitions',
    description: 'Product of the published index.',
  },
  'publish.version': { type: 'text', default: '6.5', description: 'Version of the published index.' },
  'publish.language': {
    type: 'text',
    default: 'symalllanguages',
    description: 'Language of the published index.',
  },
  'publish.keep': {
    type: 'integer',
    default: 10,
    least: 2,
    most: 1000,
    description: 'How many published sets stay, beside those that a channel or a rollback needs.',
  },
  'publish.soak': {
    type: 'duration',
    default: null,
    least: 60_000,
    most: 365 * day,
    description: 'Time in `testing` after which a set is promoted by itself; never when not set.',
  },
  'publish.incremental': {
    type: 'integer',
    default: 10,
    least: 0,
    most: 100,
    description: 'From how many earlier sets incremental packages are made.',
  },
  'publish.life': {
    type: 'duration',
    default: 7 * day,
    least: hour,
    most: 365 * day,
    description: 'How long clients believe a published statement; after that the server counts as frozen.',
  },
  'serve.host': { type: 'text', default: '127.0.0.1', description: 'Address that `defs serve` listens at.' },
  'serve.port': {
    type: 'integer',
    default: 7070,
    least: 0,
    most: 65_535,
    description: 'Port of `defs serve`; 0 takes a free one.',
  },
  'serve.certificate': { type: 'path', default: null, description: 'PEM certificate chain: serves HTTPS.' },
  'serve.key': { type: 'path', default: null, description: 'PEM key of that certificate.' },
  'serve.tokens': {
    type: 'path',
    default: null,
    description: 'File of hashed client tokens, one `sha256 name` a line; without it everybody may read.',
  },
  'serve.connections': {
    type: 'integer',
    default: 1000,
    least: 1,
    most: 100_000,
    description: 'Connections served at a time; one client has half of them at most.',
  },
  'serve.rate': {
    type: 'integer',
    default: 0,
    least: 0,
    most: 10_000_000,
    description: 'Requests a minute that one address may make; 0 is without limit.',
  },
} as const satisfies OptionRows

/** The days of `schedule[].days`. */
export const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/** The keys inside one element of `schedule`; part of the option table. */
export const scheduleOptions = {
  source: { type: 'text', default: null, required: true, description: 'Source to update from.' },
  publish: {
    type: 'text',
    default: null,
    description:
      'Instead of updating, mirror the source into this channel of the internal server, as `defs publish --from` does.',
  },
  days: {
    type: 'choices',
    default: null,
    values: days,
    description: 'Days of the week; every day when not set.',
  },
  first: {
    type: 'time',
    default: null,
    description: 'Time of the first run of such a day; 00:00 when not set.',
  },
  every: {
    type: 'duration',
    default: null,
    least: 60_000,
    // A longer one would still run once a day.
    most: 24 * 60 * 60 * 1000,
    description: 'Time between runs, a day at the most; midnight ends the day. Once a day when not set.',
  },
  cron: {
    type: 'cron',
    default: null,
    description: 'Cron expression of five fields, or six with seconds first, instead of the three above.',
  },
  jitter: { type: 'duration', default: 0, least: 0, description: 'Each run is late by up to this much.' },
  enabled: {
    type: 'boolean',
    default: true,
    description: 'False keeps the line and runs nothing by it; `defs schedule pause` stops all lines.',
  },
} as const satisfies OptionRows
