import { limits } from '../../limits.ts'
import { login, webLogin } from './network.ts'
import type { OptionRows } from './option.ts'

const places = ['http', 'https', 'ftp', 'ftps', 'file'] as const

/** The keys of a source of kind `rules`, but for its login: what proves a pack, and what has to be in it. */
export const packOptions = {
  url: {
    type: 'address',
    default: null,
    schemes: places,
    query: true,
    description: 'The pack: tar.gz or zip. A query (`?key=...`) goes with every request and is never shown.',
  },
  urls: {
    type: 'addresses',
    default: [],
    schemes: places,
    query: true,
    most: limits.hosts,
    description: 'Several addresses of the same pack, in order.',
  },
  md5: {
    type: 'boolean',
    default: false,
    description:
      'Ask for `<pack>.md5` first and check it: against damage on the way, and no proof of where the pack comes from.',
  },
  allowUnsigned: {
    type: 'boolean',
    default: false,
    description: 'Take a pack that nothing but its MD5 vouches for; event 1014 says so each time.',
  },
  minisign: {
    type: 'publicKey',
    default: null,
    description: 'Public key of minisign, or a file of such keys; the signature is `<pack>.minisig`.',
  },
  pkcs7: {
    type: 'boolean',
    default: false,
    description: 'The signature is `<pack>.p7s` or `<pack>.sig`, made by a signer of `trust.anchors`.',
  },
  sha256: { type: 'text', default: null, description: 'SHA-256 of the one pack that is taken.' },
  signedDigest: {
    type: 'boolean',
    default: false,
    description: 'Not the pack itself is signed, but `<pack>.sha256` beside it.',
  },
  rules: {
    type: 'texts',
    default: ['**/*.rules', '*.yar', '*.yara'],
    description: 'Files that hold rules; a pattern without `/` counts in every folder.',
  },
  style: {
    type: 'choice',
    default: 'auto',
    values: ['auto', 'suricata', 'yara', 'lines'],
    description:
      'How active rules are told from comments: `lines` counts what does not begin with `#`; `auto` goes by the name.',
  },
  least: {
    type: 'integer',
    default: 1,
    least: 1,
    description: 'Fewest active rules that a pack must have.',
  },
  version: {
    type: 'choice',
    default: null,
    values: ['signature', 'modified', 'members', 'fetched'],
    description:
      'What dates a set: the signature, Last-Modified of the pack, its newest member, or the day it came; the first of the first three that tells when not set.',
  },
  every: {
    type: 'duration',
    default: 0,
    least: 0,
    description:
      'As one of `parts`: how often it is asked at the most, for providers that ban who asks too often.',
  },
} as const satisfies OptionRows

/** The keys inside `sources.<name>` with `kind: clamav`; part of the option table. */
export const clamavOptions = {
  hosts: {
    type: 'addresses',
    default: [],
    schemes: ['http', 'https', 'file'],
    most: limits.hosts,
    description: 'Mirrors, asked in this order; needed unless `freshclamConf` is given.',
  },
  databases: {
    type: 'texts',
    default: null,
    description: 'Signed databases; `main`, `daily` and `bytecode` when not set.',
  },
  custom: {
    type: 'texts',
    default: [],
    description:
      'Unsigned databases: a file of the mirror or an address (`#<file>` names the file where the path does not), then `sha256:<hex>` to pin it, `every:4h` for how often it is asked about at the most. A query (`?key=...`) is never shown.',
  },
  allowUnsigned: {
    type: 'boolean',
    default: false,
    description: 'Take custom databases that are not pinned.',
  },
  dns: {
    type: 'text',
    default: null,
    description: 'TXT record that tells the versions, as `current.cvd.clamav.net`; not asked when not set.',
  },
  resolver: {
    type: 'text',
    default: null,
    description:
      'Name server for that record, `address` or `address:port`; those of the system when not set.',
  },
  sign: {
    type: 'choice',
    default: 'prefer',
    values: ['require', 'prefer'],
    description: "Refuse a file without `.sign`, or take it on ClamAV's built-in keys and say so.",
  },
  certificates: {
    type: 'paths',
    default: null,
    description: 'PEM files or folders of the roots for `.sign`; `/etc/clamav/certs` when not set.',
  },
  patches: {
    type: 'boolean',
    default: true,
    description: 'Try patches (`.cdiff`) before whole databases.',
  },
  freshclamConf: {
    type: 'path',
    default: null,
    description: 'An existing freshclam.conf; what is set here goes first.',
  },
  ...webLogin,
} as const satisfies OptionRows

const productNamed = {
  product: {
    type: 'text',
    default: 'SMSMSE Virus Definitions',
    description: 'Product, as it stands in the name of the index.',
  },
  version: { type: 'text', default: '6.5', description: 'Version, as it stands in the name of the index.' },
  language: {
    type: 'text',
    default: 'symalllanguages',
    description: 'Language, as it stands in the name of the index.',
  },
} as const satisfies OptionRows

const hosts = {
  type: 'addresses',
  default: null,
  required: true,
  schemes: places,
  most: limits.hosts,
  description: 'Hosts, asked in this order.',
} as const
const urls = {
  type: 'addresses',
  default: [],
  schemes: places,
  most: limits.hosts,
  description: 'Several such folders, in order.',
} as const

/** The keys inside `sources.<name>`, by kind; part of the option table. */
export const sourceOptions = {
  liveupdate: { hosts, ...productNamed, ...login },
  'rapid-release': {
    url: {
      type: 'address',
      default: null,
      schemes: places,
      description: 'Folder of the static names and `sequence/`.',
    },
    urls,
    platform: {
      type: 'text',
      default: 'core15-v5i32',
      description: 'Platform, as in `symrapidreleasedefs<platform>`.',
    },
    ...login,
  },
  'shared-sep': {
    path: {
      type: 'path',
      default: null,
      required: true,
      description: 'VirusDefs folder of the endpoint product.',
    },
    sepVersion: {
      type: 'text',
      default: '12.0',
      description: 'Version of the endpoint product; 12.1 and later cannot share.',
    },
    bits: { type: 'choice', default: '32', values: ['32', '64'], description: 'Word size of the system.' },
    sharing64: {
      type: 'boolean',
      default: false,
      description:
        'Says that the further steps a 64-bit system needs for sharing were carried out; they are in docs/sharing.md.',
    },
    register: {
      type: 'boolean',
      default: false,
      description: "Write this consumer into the endpoint product's `usage.dat`.",
    },
  },
  'intelligent-updater': {
    url: { type: 'address', default: null, schemes: places, description: 'Folder of the packages.' },
    urls,
    path: { type: 'path', default: null, description: 'A package or a drop folder, instead of addresses.' },
    platform: { type: 'text', default: 'v5i32', description: 'Platform, as in `YYYYMMDD-NNN-<platform>`.' },
    thirdPartyContent: {
      type: 'boolean',
      default: true,
      description: 'Whether the drop folder is read.',
    },
    ...login,
  },
  internal: {
    hosts,
    channel: { type: 'text', default: 'production', description: 'Channel of the internal server.' },
    ...productNamed,
    ...login,
  },
  rules: { ...packOptions, ...login },
  clamav: clamavOptions,
} as const satisfies Record<SourceKind, OptionRows>
/** The kinds of source, as `sources.<name>.kind` names them. */
export type SourceKind =
  | 'liveupdate'
  | 'rapid-release'
  | 'shared-sep'
  | 'intelligent-updater'
  | 'internal'
  | 'rules'
  | 'clamav'
