import { limits } from '../limits.ts'
import { webLogin } from './login-options.ts'
import type { OptionRows } from './option.ts'

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
    description: 'Unsigned databases: a file of the mirror or an address, then `sha256:<hex>` to pin it.',
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
