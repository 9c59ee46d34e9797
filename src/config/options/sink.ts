import { defaultSubject, metatags } from '../../event/sink/mail-text.ts'
import type { SinkKind } from '../../event/sink/sink-config.ts'
import { facilities, usualTrapOid } from '../../event/sink/syslog-message.ts'
import type { OptionRows } from './option.ts'
import { days } from './publish.ts'

const metatagList = metatags.map((tag) => `\`[${tag}]\``).join(' ')

const common = {
  name: {
    type: 'text',
    default: null,
    description:
      'Name in messages and of its spool; the kind, with a number from the second one on, when not set.',
  },
  events: {
    type: 'texts',
    default: [],
    description:
      'Events to send, by number or name (`definitions.*` for a group, `alerts` for those that gateways alert of); all when empty.',
  },
  level: {
    type: 'choice',
    default: null,
    values: ['information', 'warning', 'error'],
    description:
      'Least level to send; all when not set. With `kind: mail` warnings, and start, stop and change of the configuration, unless `events` are named.',
  },
  days: {
    type: 'choices',
    default: null,
    values: days,
    description: 'Days of the week on which it is told; every day when not set.',
  },
  hours: {
    type: 'text',
    default: null,
    description:
      'Part of the day in which it is told, by `timeZone`: `08:00-18:00`, over midnight `22:00-06:00`.',
  },
  coalesce: {
    type: 'duration',
    default: 10 * 60_000,
    least: 0,
    description: 'The same event (number, set, error code) within this time is counted, not sent again.',
  },
} as const satisfies OptionRows

const authorities = {
  type: 'path',
  default: null,
  description: "PEM file of authorities for TLS, instead of the system's and those of Node.js.",
} as const

const timeout = { type: 'duration', default: 30_000, least: 100, most: 30_000 } as const

/** The keys inside an element of `events.sinks`, by kind; part of the option table. */
export const sinkOptions = {
  syslog: {
    address: {
      type: 'text',
      default: 'unix:/dev/log',
      description:
        'Where it listens: `udp://host:514`, `tcp://host:514`, `tls://host:6514` or `unix:/dev/log`.',
    },
    facility: { type: 'choice', default: 'daemon', values: facilities, description: 'Facility of RFC 5424.' },
    authorities,
    ...common,
  },
  journald: common,
  nats: common,
  'windows-event-log': common,
  webhook: {
    url: {
      type: 'address',
      default: null,
      required: true,
      schemes: ['http', 'https'],
      query: true,
      description: 'Address that each event is posted to as JSON.',
    },
    secretFile: { type: 'path', default: null, description: 'File whose first line is the key that signs.' },
    secretVariable: {
      type: 'text',
      default: null,
      description: 'Environment variable that holds the key that signs.',
    },
    retries: {
      type: 'integer',
      default: 2,
      least: 0,
      most: 5,
      description: 'Further tries at once; what fails then waits for the next run.',
    },
    authorities,
    ...common,
  },
  command: {
    argv: {
      type: 'texts',
      default: [],
      description: 'Program and its arguments, run without a shell; the event is in `DEFS_EVENT_*`.',
    },
    timeout: { ...timeout, description: 'How long it may take.' },
    ...common,
  },
  mail: {
    host: { type: 'text', default: 'localhost', description: 'Mail server.' },
    port: {
      type: 'integer',
      default: null,
      least: 1,
      most: 65_535,
      description: 'Its port; 587 with `starttls`, 465 with `tls`, 25 with `none` when not set.',
    },
    tls: {
      type: 'choice',
      default: 'starttls',
      values: ['starttls', 'tls', 'none'],
      description: 'How the connection is protected; never less than this.',
    },
    username: { type: 'text', default: null, description: 'Login.' },
    passwordFile: { type: 'path', default: null, description: 'File whose first line is the password.' },
    passwordVariable: {
      type: 'text',
      default: null,
      description: 'Environment variable that holds the password.',
    },
    from: {
      type: 'text',
      default: null,
      description:
        'Sender: `Name <name@host>`, an address, or a name; the name of the event source and `defs@<host>` when not set.',
    },
    to: { type: 'texts', default: [], most: 50, description: 'Recipients; without any nothing is sent.' },
    subject: {
      type: 'text',
      default: defaultSubject,
      description: 'Subject, with metatags: `[SUBJECT]` is the text that belongs to the event.',
    },
    body: {
      type: 'prose',
      default: null,
      description: `Body; when not set \`[TEXT]\` and the facts of the event. Metatags: ${metatagList}; \`[[\` is a bracket.`,
    },
    authorities,
    ...common,
  },
  snmp: {
    host: { type: 'text', default: 'localhost', description: 'Receiver of the traps, over UDP.' },
    port: { type: 'integer', default: 162, least: 1, most: 65_535, description: 'Its port.' },
    version: { type: 'choice', default: '2c', values: ['2c', '3'], description: 'Version of SNMP.' },
    communityFile: {
      type: 'path',
      default: null,
      description: 'File whose first line is the community of version 2c; `public` when not set.',
    },
    communityVariable: {
      type: 'text',
      default: null,
      description: 'Environment variable that holds the community.',
    },
    user: { type: 'text', default: null, description: 'User of version 3.' },
    security: {
      type: 'choice',
      default: 'authPriv',
      values: ['noAuthNoPriv', 'authNoPriv', 'authPriv'],
      description: 'How traps of version 3 are protected.',
    },
    authProtocol: {
      type: 'choice',
      default: 'sha256',
      values: ['sha', 'sha256', 'sha512'],
      description: 'What signs traps of version 3.',
    },
    authFile: {
      type: 'path',
      default: null,
      description: 'File whose first line is the passphrase that signs, 8 characters at least.',
    },
    authVariable: {
      type: 'text',
      default: null,
      description: 'Environment variable that holds it.',
    },
    privProtocol: {
      type: 'choice',
      default: 'aes',
      values: ['aes', 'aes256b', 'aes256r'],
      description: 'What encrypts traps of version 3: AES with 128 bits, or 256 by Blumenthal or Reeder.',
    },
    privFile: {
      type: 'path',
      default: null,
      description: 'File whose first line is the passphrase that encrypts, 8 characters at least.',
    },
    privVariable: {
      type: 'text',
      default: null,
      description: 'Environment variable that holds it.',
    },
    engine: {
      type: 'text',
      default: null,
      description:
        'Engine of version 3, 5 to 32 bytes as hexadecimal digits; `80001f8804` and the name of the machine when not set.',
    },
    oid: {
      type: 'text',
      default: usualTrapOid,
      description: 'Number above those of all traps (`.0.<event>`) and their values (`.1.<n>`).',
    },
    ...common,
  },
} as const satisfies Record<SinkKind, OptionRows>
