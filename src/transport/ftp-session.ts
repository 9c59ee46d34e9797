import { connect as connectTcp, isIP, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { connect as connectTls, TLSSocket } from 'node:tls'
import { Client, type FTPContext, FTPError, type FTPResponse } from 'basic-ftp'
import { DefsError, isDefsError } from '../error.ts'
import { limits } from '../limits.ts'
import type { BaseAddress } from './address.ts'
import { type FtpStep, ftpError, isUnsupported, watch } from './ftp-control.ts'
import type { ConnectionOptions } from './transport.ts'

/** A logged-in control connection. */
export interface Link {
  readonly client: Client
  /** The folder that the login begins in; paths of addresses are relative to it (RFC 1738, 3.2.2). */
  readonly home: string
  /** Whether the server has closed the control connection. */
  readonly ended: () => boolean
  /** Notes a body that is still being read when the operation is over. */
  readonly hold: (body: Readable) => void
}

/** One control connection, opened when it is needed and again when it broke. */
export interface FtpSession {
  /** Does one thing after the other. @throws SOURCE_*, INTERRUPTED */
  run<T>(url: string, signal: AbortSignal, operation: (link: Link) => Promise<T>): Promise<T>
  close(): void
}

/** Nothing is connected yet. */
export function makeSession(base: BaseAddress, reach: ConnectionOptions): FtpSession {
  let link: Link | undefined
  let body: Readable | undefined
  let queue: Promise<unknown> = Promise.resolve()
  let closed = false

  async function attempt<T>(
    url: string,
    signal: AbortSignal,
    operation: (link: Link) => Promise<T>,
  ): Promise<T> {
    // FTP has one transfer at a time: a body that was left half-read ends when something else is asked.
    body?.destroy(new DefsError('SOURCE_INTERRUPTED', 'left for another transfer', { transient: true }))
    body = undefined
    if (closed) throw new DefsError('SOURCE_INTERRUPTED', `${url}: this connection was closed`, { path: url })
    const used = link && !link.client.closed ? link : undefined
    const current = used ?? (await connect(base, reach, signal, (held) => (body = held)))
    link = current
    const eye = watch(current.client, {
      url,
      signal,
      within: null,
      silence: reach.stallTimeout,
      paused: () => false,
    })
    try {
      return await operation(current)
    } catch (error) {
      // A server may drop a login that was idle; then, and only then, the same is done once more.
      const dropped = current.client.closed || (error instanceof FTPError && error.code === 421)
      if (used && dropped && !eye.failure() && !(error instanceof DefsError)) {
        current.client.close()
        return await attempt(url, signal, operation)
      }
      throw eye.failure() ?? ftpError(error, url, 'work', current.ended())
    } finally {
      eye.stop()
    }
  }

  return {
    run(url, signal, operation) {
      const result = queue.then(() => attempt(url, signal, operation))
      queue = result.catch(() => {})
      return result
    },
    close() {
      closed = true
      body?.destroy()
      link?.client.close()
    },
  }
}

async function connect(
  base: BaseAddress,
  reach: ConnectionOptions,
  signal: AbortSignal,
  hold: (body: Readable) => void,
): Promise<Link> {
  const url = base.url.href
  const client = new Client(0, { allowSeparateTransferHost: false, maxListingBytes: limits.listing })
  client.prepareTransfer = passiveMode(reach.connectTimeout)
  const eye = watch(client, { url, signal, within: reach.connectTimeout, silence: null, paused: () => false })
  let ended = false
  let step: FtpStep = 'connect'
  const mark = () => client.ftp.socket.once('end', () => (ended = true))
  try {
    if (eye.failure()) throw eye.failure()
    const secure = secureOptions(base.url, reach)
    await greet(client, base.url, reach, mark)
    step = 'tls'
    if (secure && !isImplicit(base.url, reach)) await client.useTLS(secure)
    mark()
    step = 'login'
    await client.login(base.login?.username ?? 'anonymous', base.login?.password ?? 'anonymous@')
    await client.useDefaultSettings()
    const home = await client.pwd().catch(rootIfUnsupported)
    return { client, home, ended: () => ended, hold }
  } catch (error) {
    client.close()
    throw eye.failure() ?? ftpError(error, url, step, ended)
  } finally {
    eye.stop()
  }
}

function rootIfUnsupported(error: unknown): string {
  if (isUnsupported(error)) return '/'
  throw error
}

async function greet(client: Client, url: URL, reach: ConnectionOptions, mark: () => void): Promise<void> {
  const host = hostOf(url)
  const implicit = isImplicit(url, reach)
  const port = Number(url.port) || (implicit ? 990 : 21)
  const greeting = implicit
    ? client.connectImplicitTLS(host, port, secureOptions(url, reach) ?? {})
    : client.connect(host, port)
  mark()
  client.ftp.socket.once('data', (chunk: string) => {
    // Something else than FTP listens there; the library would wait for a reply for ever.
    if (/^\d{3}[ -]/.test(chunk) || !chunk.includes('\n')) return
    client.ftp.closeWithError(new DefsError('SOURCE_PROTOCOL', `${url.href}: no FTP server answers there`))
  })
  await greeting
}

function isImplicit(url: URL, reach: ConnectionOptions): boolean {
  return (
    (reach.tls ?? (url.protocol === 'ftps:' && url.port === '990' ? 'implicit' : 'explicit')) === 'implicit'
  )
}

/** How TLS is made and checked; null for an address without TLS. */
function secureOptions(
  url: URL,
  reach: ConnectionOptions,
): { host: string; servername?: string; ca?: string } | null {
  if ((reach.tls ?? (url.protocol === 'ftps:' ? 'explicit' : 'none')) === 'none') return null
  const host = hostOf(url)
  return {
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(reach.authorities === null ? {} : { ca: reach.authorities }),
  }
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

/**
 * Opens a data connection: EPSV, else PASV; PASV, too, when the port that EPSV named cannot be reached. It always goes to
 * the host of the control connection. A server behind address translation names one that nobody can reach, and a bad one
 * could have us connect anywhere (the bounce attack): what it names is not looked at.
 * @throws SOURCE_PROTOCOL, and errors of the library and of sockets
 */
function passiveMode(connectTimeout: number): (ftp: FTPContext) => Promise<FTPResponse> {
  let extended = true
  return async (ftp) => {
    const answer = extended ? await ftp.request('EPSV').catch(refusedOnly) : null
    const port = answer && /\(([|!])\1\1(\d{1,5})\1\)/.exec(answer.message)?.[2]
    if (answer && port) {
      // Half of the time, so that as much is left for the other way.
      const failure = await connectData(ftp, Number(port), connectTimeout / 2).catch(notConnected)
      if (!failure) return answer
    }
    extended = false
    const passive = await ftp.request('PASV')
    await connectData(ftp, readPasv(passive.message), connectTimeout)
    return passive
  }
}

function refusedOnly(error: unknown): null {
  if (error instanceof FTPError && error.code !== 421) return null
  throw error
}

// What ended with the control connection, or with the run, has no other way.
function notConnected(error: unknown): Error {
  if (error instanceof Error && 'syscall' in error && error.syscall === 'connect') return error
  if (isDefsError(error, 'SOURCE_INTERRUPTED')) return error
  throw error
}

function readPasv(message: string): number {
  const numbers = /(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})(?!\d)/
    .exec(message)
    ?.slice(1)
    .map(Number)
  const [high = 0, low = 0] = numbers?.slice(4) ?? []
  if (!numbers || numbers.some((value) => value > 255)) {
    throw new DefsError('SOURCE_PROTOCOL', `the answer to PASV names no port: ${JSON.stringify(message)}`)
  }
  return high * 256 + low
}

function connectData(ftp: FTPContext, port: number, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const host = ftp.socket.remoteAddress
    const raw = connectTcp({ port, ...(host === undefined ? {} : { host }) })
    const fail = (error: Error) => {
      clearTimeout(timer)
      raw.destroy()
      reject(error)
    }
    const none = (why: string) =>
      new DefsError('SOURCE_INTERRUPTED', `no data connection ${why}`, { transient: true })
    const timer = setTimeout(() => fail(none(`within ${timeout} ms`)), timeout)
    raw.once('error', fail)
    raw.once('close', () => fail(none('came about')))
    raw.once('connect', () => {
      clearTimeout(timer)
      raw.removeAllListeners('error').removeAllListeners('close')
      ftp.dataSocket = ftp.socket instanceof TLSSocket ? secured(ftp, ftp.socket, raw) : raw
      awaitVerdict(ftp, ftp.dataSocket)
      resolve()
    })
  })
}

/**
 * Holds back what a data connection reports before its first byte, until the server has said on the control connection
 * what it means: ProFTPD resets the one and then says 550 (there is no such file) on the other. The library would take
 * the reset for the news. A server that says nothing has been cut off.
 */
function awaitVerdict(ftp: FTPContext, socket: Socket): void {
  socket.removeAllListeners('error').removeAllListeners('close')
  socket.once('error', (error) => {
    if (socket.bytesRead > 0) return ftp.closeWithError(error)
    const late = setTimeout(() => {
      if (ftp.dataSocket === socket) ftp.closeWithError(error)
    }, limits.ftpVerdict)
    ftp.socket.once('close', () => clearTimeout(late))
  })
  // It may report more than once.
  socket.on('error', () => {})
}

// The session of the control connection is used again: by that servers know that both ends are the same
// (vsftpd's require_ssl_reuse). With TLS 1.3 a ticket is good once, so the newest is kept.
function secured(ftp: FTPContext, control: TLSSocket, raw: Socket): TLSSocket {
  const session = ftp.tlsSessionStore ?? control.getSession()
  const socket = connectTls({ ...ftp.tlsOptions, socket: raw, ...(session ? { session } : {}) })
  socket.on('session', (ticket) => {
    ftp.tlsSessionStore = ticket
  })
  return socket
}
