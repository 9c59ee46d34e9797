import { limits } from '../limits.ts'
import type { SourceKind } from '../source/kinds.ts'
import { clamavOptions } from './clamav-options.ts'
import { login } from './login-options.ts'
import type { OptionRows } from './option.ts'
import { packOptions } from './pack-options.ts'

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
      description: 'Says that the further steps a 64-bit system needs for sharing were carried out.',
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
