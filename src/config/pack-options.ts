import { limits } from '../limits.ts'
import type { OptionRows } from './option.ts'

const places = ['http', 'https', 'ftp', 'ftps', 'file'] as const

/** The keys of a source of kind `rules`, but for its login: what proves a pack, and what has to be in it. */
export const packOptions = {
  url: { type: 'address', default: null, schemes: places, description: 'The pack: tar.gz or zip.' },
  urls: {
    type: 'addresses',
    default: [],
    schemes: places,
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
} as const satisfies OptionRows
