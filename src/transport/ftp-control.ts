import { type Client, FTPError } from 'basic-ftp'
import { DefsError, describeError, type ErrorCode } from '../error.ts'
import { interrupted } from './body.ts'
import { networkError } from './network-error.ts'

/** An eye on a connection; the first thing it finds wrong closes the connection. */
export interface FtpWatch {
  /** Why the connection was closed from here; undefined when it was not. */
  readonly failure: () => DefsError | undefined
  readonly stop: () => void
}

export interface WatchOptions {
  readonly url: string
  readonly signal: AbortSignal
  /** Milliseconds in all; null for no such bound. */
  readonly within: number | null
  /** Milliseconds without a byte on either connection; null for no such bound. */
  readonly silence: number | null
  /** True while it is we who keep the far side waiting. */
  readonly paused: () => boolean
}

/** Closes the connection when the run is interrupted, when it takes too long, or when it falls silent. */
export function watch(client: Client, options: WatchOptions): FtpWatch {
  const { url, signal, within, silence, paused } = options
  let found: DefsError | undefined
  const timers: NodeJS.Timeout[] = []

  function fail(error: DefsError): void {
    if (found) return
    found = error
    client.ftp.closeWithError(error)
  }
  const abort = () => fail(interrupted(signal))

  if (within !== null) {
    const late = () =>
      fail(
        new DefsError('SOURCE_UNREACHABLE', `${url}: no login within ${within} ms`, {
          path: url,
          transient: true,
        }),
      )
    timers.push(setTimeout(late, within))
  }
  if (silence !== null) {
    const step = Math.max(5, Math.min(500, silence / 4))
    let seen = -1
    let idle = 0
    const look = () => {
      const bytes = client.ftp.socket.bytesRead + (client.ftp.dataSocket?.bytesRead ?? 0)
      // Looks are counted, not time: when our own process was busy, the far side is not to blame.
      idle = bytes === seen && !paused() ? idle + step : 0
      seen = bytes
      if (idle < silence) return
      fail(
        new DefsError('SOURCE_STALLED', `${url}: nothing came for ${silence} ms`, {
          path: url,
          transient: true,
        }),
      )
    }
    timers.push(setInterval(look, step))
  }
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })

  return {
    failure: () => found,
    stop() {
      for (const timer of timers) clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    },
  }
}

/** What a connection has been doing when it failed. */
export type FtpStep = 'connect' | 'tls' | 'login' | 'work'

const loginReplies = new Set([331, 332, 430, 530, 532])
// No data connection, or one that was closed early (RFC 959, 4.2).
const brokenReplies = new Set([425, 426, 451])
// Commands a server does not know or does not want.
const unsupportedReplies = new Set([500, 501, 502, 503, 504])

/** Whether the reply says: no such file or folder, or none for us. */
export function isAbsentReply(error: unknown): boolean {
  return error instanceof FTPError && error.code === 550
}

/** Whether the server does not know the command or its argument. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof FTPError && unsupportedReplies.has(error.code)
}

/**
 * An error of the FTP library as ours: by the reply's code, else by the socket's.
 * @param ended whether the server had closed the control connection
 */
export function ftpError(error: unknown, url: string, step: FtpStep, ended: boolean): DefsError {
  if (error instanceof DefsError) return error
  const make = (code: ErrorCode, text: string, transient: boolean) =>
    new DefsError(code, `${url}: ${text} (${describeError(error)})`, { cause: error, path: url, transient })
  if (error instanceof FTPError) return replyError(error, step, make)
  const coded =
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code !== '0'
  if (coded) return networkError(error, url, step === 'work' ? 'transfer' : 'connect')
  if (!ended) return make('SOURCE_PROTOCOL', 'the answer does not follow the protocol', false)
  return step === 'work'
    ? make('SOURCE_INTERRUPTED', 'the server hung up', true)
    : make('SOURCE_UNREACHABLE', 'the server hung up', true)
}

// ProFTPD and others say 530 when they are full, the code for a wrong password: only the text tells.
const full =
  /\b(max(imum)?( number of)?( allowed)?( \d+)? (clients|connections|users|sessions)|too many (anonymous )?(clients|connections|users|sessions)|(user|connection|session) limit|limit of \d+ (clients|connections|users|sessions)|is full|try (again )?later)\b/i

function replyError(
  { code: reply, message }: FTPError,
  step: FtpStep,
  make: (code: ErrorCode, text: string, transient: boolean) => DefsError,
): DefsError {
  if (reply === 421 || (reply === 530 && full.test(message)))
    return make('SOURCE_UNREACHABLE', 'the server has no room for us now', true)
  if (step === 'tls')
    return make('SOURCE_TLS', 'the server refuses TLS; set tls: none only on a trusted network', false)
  if (loginReplies.has(reply)) {
    return make('SOURCE_LOGIN', 'the server refused the login: check username and password', false)
  }
  if (reply === 550) return make('SOURCE_NOT_FOUND', 'there is no such file', false)
  if (brokenReplies.has(reply)) return make('SOURCE_INTERRUPTED', 'the transfer broke off', true)
  return make('SOURCE_STATUS', 'the server answered with an error', reply < 500)
}
