import { limits } from '../../limits.ts'
import type { OptionRows } from './option.ts'

// Timers count milliseconds in 31 bits, which is not quite 25 days.
const longest = 20 * 24 * 60 * 60_000

/** The keys of `network`; part of the option table. */
export const networkOptions = {
  'network.proxy': {
    type: 'address',
    default: null,
    schemes: ['http', 'https'],
    description: 'Proxy for HTTP and HTTPS; it never applies to FTP.',
  },
  'network.proxyUsername': { type: 'text', default: null, description: 'Login at the proxy.' },
  'network.proxyPasswordFile': {
    type: 'path',
    default: null,
    description: 'File whose first line is the password at the proxy.',
  },
  'network.proxyPasswordVariable': {
    type: 'text',
    default: null,
    description: 'Environment variable that holds the password at the proxy.',
  },
  'network.noProxy': {
    type: 'texts',
    default: [],
    description: 'Hosts (exact, or `.suffix`) reached without the proxy.',
  },
  'network.authorities': {
    type: 'path',
    default: null,
    description: "PEM file of authorities for HTTPS and FTPS, instead of the system's and those of Node.js.",
  },
  'network.connectTimeout': {
    type: 'duration',
    default: limits.connect,
    least: 1000,
    most: longest,
    description: 'Time to connect, handshakes included.',
  },
  'network.stallTimeout': {
    type: 'duration',
    default: limits.stall,
    least: 1000,
    most: longest,
    description: 'Silence on a connection after which it counts as stalled.',
  },
  'network.throughput': {
    type: 'bytes',
    default: limits.throughput,
    least: 0,
    description: 'Least mean bytes a second; slower transfers are given up.',
  },
  'network.deadline': {
    type: 'duration',
    default: limits.deadline,
    least: 1000,
    most: longest,
    description: 'Time for one whole run over all its sources; `--timeout` sets it.',
  },
  'network.tries': {
    type: 'integer',
    default: limits.tries,
    least: 1,
    most: 20,
    description: 'Tries of one transfer at one place.',
  },
  'network.userAgent': {
    type: 'text',
    // The version of package.json; a test holds them together.
    default: 'defs/0.1.0',
    description: 'How `defs` names itself to HTTP servers.',
  },
} as const satisfies OptionRows

/** A login at an HTTP server. */
export const webLogin = {
  username: { type: 'text', default: null, description: 'Login; may also stand in the address.' },
  passwordFile: { type: 'path', default: null, description: 'File whose first line is the password.' },
  passwordVariable: {
    type: 'text',
    default: null,
    description: 'Environment variable that holds the password.',
  },
} as const satisfies OptionRows

/** A login at an HTTP or FTP server. */
export const login = {
  ...webLogin,
  tls: {
    type: 'choice',
    default: null,
    values: ['none', 'explicit', 'implicit'],
    description: 'FTP with TLS; as the address says when not set.',
  },
} as const satisfies OptionRows
