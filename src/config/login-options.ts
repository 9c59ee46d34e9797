import type { OptionRows } from './option.ts'

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
