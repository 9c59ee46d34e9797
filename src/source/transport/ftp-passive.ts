import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, TLSSocket } from 'node:tls'
import { type FTPContext, FTPError, type FTPResponse } from 'basic-ftp'
import { DefsError } from '../../error.ts'

/**
 * Opens a data connection: EPSV, else PASV. It always goes to the host of the control connection; a server that
 * names another one could have us connect anywhere (the bounce attack), so that is refused.
 * @throws SOURCE_PROTOCOL, and errors of the library and of sockets
 */
export function passiveMode(): (ftp: FTPContext) => Promise<FTPResponse> {
  let extended = true
  return async (ftp) => {
    const answer = extended ? await ftp.request('EPSV').catch(refusedOnly) : null
    const port = answer && /\(([|!])\1\1(\d{1,5})\1\)/.exec(answer.message)?.[2]
    if (answer && port) {
      await connectData(ftp, Number(port))
      return answer
    }
    extended = false
    const passive = await ftp.request('PASV')
    await connectData(ftp, readPasv(passive.message, ftp.socket.remoteAddress ?? ''))
    return passive
  }
}

function refusedOnly(error: unknown): null {
  if (error instanceof FTPError && error.code >= 500) return null
  throw error
}

function readPasv(message: string, controlHost: string): number {
  const numbers = /(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})(?!\d)/
    .exec(message)
    ?.slice(1)
    .map(Number)
  const [a, b, c, d, high = 0, low = 0] = numbers ?? []
  if (!numbers || numbers.some((value) => value > 255)) {
    throw new DefsError('SOURCE_PROTOCOL', `the answer to PASV names no port: ${JSON.stringify(message)}`)
  }
  const host = `${a}.${b}.${c}.${d}`
  if (host !== controlHost.replace(/^::ffff:/i, '')) {
    throw new DefsError(
      'SOURCE_PROTOCOL',
      `the server wants its data fetched from another host (${host}): refused`,
    )
  }
  return high * 256 + low
}

function connectData(ftp: FTPContext, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const host = ftp.socket.remoteAddress
    const raw = connectTcp({ port, ...(host === undefined ? {} : { host }) })
    raw.once('error', reject)
    raw.once('close', () =>
      reject(new DefsError('SOURCE_INTERRUPTED', 'no data connection', { transient: true })),
    )
    raw.once('connect', () => {
      raw.removeAllListeners('error').removeAllListeners('close')
      ftp.dataSocket = ftp.socket instanceof TLSSocket ? secured(ftp, ftp.socket, raw) : raw
      resolve()
    })
  })
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
