import { readAuthorities } from '../../disk/authorities.ts'
import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { oneLine } from '../../text/plain-text.ts'
import type { DefsEvent } from '../event.ts'
import { bodyOf, fillIn, metatagValues } from './mail-text.ts'
import { readSinkSecret } from './secret.ts'
import { type Sink, type SinkWorld, sinkFailed } from './sink.ts'
import type { MailConfig } from './sink-config.ts'

/**
 * Alerts by mail (docs/domain.md section 7): one for each event, one for all when more than three wait. With
 * `starttls`, a server that does not offer it is given nothing; a certificate is always checked.
 */
export function openMail(config: MailConfig, world: SinkWorld): Sink {
  return {
    take: (waiting) => (waiting > limits.mailSingles ? Math.min(waiting, limits.sinkTogether) : 1),
    async deliver(events, signal) {
      if (config.to.length === 0) throw new DefsError('SINK_FAILED', `${config.name} names no recipient (to)`)
      const password = await readSinkSecret(config.password, world.env)
      try {
        await send(write(events, config, world.host), password, config, signal)
      } catch (error) {
        throw sinkFailed(`mail by ${config.host}:${config.port}${withoutTls(config, error)}`, error)
      }
    },
  }
}

// What the library calls a failed upgrade. Nothing was sent: that is for the admin to allow.
function withoutTls({ tls }: MailConfig, error: unknown): string {
  const refused = error instanceof Error && 'code' in error && error.code === 'ETLS'
  return refused && tls === 'starttls' ? " with STARTTLS (see 'tls', which may be none, too)" : ''
}

function write(events: readonly DefsEvent[], config: MailConfig, host: string): Mail {
  const [first] = events
  return events.length === 1 && first ? letterOf(first, config, host) : digestOf(events, host)
}

async function send(
  mail: Mail,
  password: string | null,
  config: MailConfig,
  signal: AbortSignal,
): Promise<void> {
  const { host, port, tls, username, from, to, authorities } = config
  const ca = tls === 'none' ? undefined : await readAuthorities(authorities)
  // Only who sends mail waits for the library.
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    host,
    port,
    secure: tls === 'tls',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(username === null ? {} : { auth: { user: username, pass: password ?? '' } }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    connectionTimeout: limits.connect,
    greetingTimeout: limits.stall,
    socketTimeout: limits.stall,
    socketCloseTimeout: limits.drainTime,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    const { rejected } = await transport.sendMail({
      from: { ...from },
      to: to.map((address) => ({ name: '', address })),
      subject: mail.subject,
      text: mail.text,
      // Nobody is away for a machine's mail (RFC 3834).
      headers: { 'Auto-Submitted': 'auto-generated' },
      signal,
    })
    // The others have it and are not sent it again for the sake of these.
    if (rejected.length > 0) {
      throw new DefsError('SINK_REFUSED', `${host} did not take it for ${rejected.join(', ')}`)
    }
  } finally {
    transport.close()
  }
}

/** What is written to the recipients. */
export interface Mail {
  /** One line: no text of an event can begin another header. */
  readonly subject: string
  readonly text: string
}

/** The mail for one event, by the configured templates. */
function letterOf(
  event: DefsEvent,
  { subject, body }: { readonly subject: string; readonly body: string },
  host: string,
): Mail {
  const values = metatagValues(event, host)
  return { subject: asSubject(fillIn(subject, values)), text: bodyOf(body, values) }
}

/** One mail for many events: a line each. */
function digestOf(events: readonly DefsEvent[], host: string): Mail {
  const worst = ['error', 'warning', 'information'].find((level) => events.some((one) => one.level === level))
  const lines = events.map(({ time, id, level, message, reason = '' }) => {
    const why = reason === '' || message.includes(reason) ? '' : `: ${reason}`
    return `${time}  ${id}  ${level}  ${oneLine(message + why)}`
  })
  return {
    subject: asSubject(`${events.length} events on ${host}, ${worst} the gravest`),
    text: `${lines.join('\n')}\n`,
  }
}

function asSubject(text: string): string {
  return [...oneLine(text).trim()].slice(0, limits.mailSubject).join('')
}
