import { FTPError } from 'basic-ftp'
import { DefsError, describeError, type ErrorCode } from '../../error.ts'
import { networkError } from './network-error.ts'

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
  if (error instanceof FTPError) return replyError(error.code, step, make)
  const coded =
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code !== '0'
  if (coded) return networkError(error, url, step === 'work' ? 'transfer' : 'connect')
  if (!ended) return make('SOURCE_PROTOCOL', 'the answer does not follow the protocol', false)
  return step === 'work'
    ? make('SOURCE_INTERRUPTED', 'the server hung up', true)
    : make('SOURCE_UNREACHABLE', 'the server hung up', true)
}

function replyError(
  reply: number,
  step: FtpStep,
  make: (code: ErrorCode, text: string, transient: boolean) => DefsError,
): DefsError {
  if (reply === 421) return make('SOURCE_UNREACHABLE', 'the server has no room for us now', true)
  if (step === 'tls')
    return make('SOURCE_TLS', 'the server refuses TLS; set tls: none only on a trusted network', false)
  if (loginReplies.has(reply)) {
    return make('SOURCE_LOGIN', 'the server refused the login: check username and password', false)
  }
  if (reply === 550) return make('SOURCE_NOT_FOUND', 'there is no such file', false)
  if (brokenReplies.has(reply)) return make('SOURCE_INTERRUPTED', 'the transfer broke off', true)
  return make('SOURCE_STATUS', 'the server answered with an error', reply < 500)
}
