import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import { type FtpBehaviour, mlsdLine, stamp, unixLine } from './ftp-behaviour.ts'
import { bytesAt, type Entry, entriesBelow, entryAt, plainPath } from './tree.ts'

export type { FtpBehaviour } from './ftp-behaviour.ts'

export interface FtpServer {
  readonly port: number
  /** With `/` at the end. */
  readonly url: string
  readonly behaviour: FtpBehaviour
  /** Commands as they came in, of all connections; passwords included. */
  readonly commands: string[]
  /** How many control connections came in. */
  readonly connections: () => number
  close(): Promise<void>
}

interface Session {
  control: Socket
  username: string
  folder: string
  restart: number
  secure: boolean
  passive: Server | undefined
  data: Promise<Socket> | undefined
}

type Command = (session: Session, argument: string) => string | undefined | Promise<string | undefined>

/** A read-only FTP server on 127.0.0.1 that can be told to misbehave. */
export async function startFtpServer(behaviour: FtpBehaviour): Promise<FtpServer> {
  const commands: string[] = []
  const sockets = new Set<Socket>()
  const passives = new Set<Server>()
  let connections = 0
  const context = (): SecureContext => createSecureContext(behaviour.tls ?? {})

  const server = createServer((socket) => {
    connections++
    track(socket)
    const control = behaviour.implicit
      ? new TLSSocket(socket, { isServer: true, secureContext: context() })
      : socket
    control.on('error', () => {})
    const session: Session = {
      control,
      username: '',
      folder: '',
      restart: 0,
      secure: behaviour.implicit === true,
      passive: undefined,
      data: undefined,
    }
    socket.on('close', () => session.passive?.close())
    listen(session)
    reply(session, behaviour.replies?.['GREETING'], '220 ready')
  })

  function track(socket: Socket): void {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }

  function reply(session: Session, fixed: string | null | undefined, text: string | undefined): void {
    if (fixed === null) session.control.destroy()
    else if (fixed !== undefined) session.control.write(`${fixed}\r\n`)
    else if (text !== undefined) session.control.write(`${text}\r\n`)
  }

  function listen(session: Session): void {
    let rest = ''
    session.control.on('data', async (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) await obey(session, line)
    })
  }

  async function obey(session: Session, line: string): Promise<void> {
    commands.push(line)
    const [, verb = '', argument = ''] = /^(\S+) ?(.*)$/.exec(line) ?? []
    const fixed = behaviour.replies?.[verb.toUpperCase()]
    if (fixed !== undefined) {
      reply(session, fixed, undefined)
      return
    }
    const command = table[verb.toUpperCase()]
    const text = command ? await command(session, argument) : '502 not implemented'
    if (!session.control.destroyed) reply(session, undefined, text)
  }

  function pathOf(session: Session, argument: string): string {
    return plainPath(argument.startsWith('/') ? argument : `${session.folder}/${argument}`) ?? '?'
  }

  async function openPassive(session: Session): Promise<number> {
    session.passive?.close()
    const passive = createServer()
    passives.add(passive)
    session.passive = passive
    session.data = new Promise((resolve) => {
      passive.once('connection', (socket: Socket) => {
        passive.close()
        track(socket)
        const secured = session.secure
          ? new TLSSocket(socket, { isServer: true, secureContext: context() })
          : socket
        secured.on('error', () => {})
        secured.resume()
        resolve(secured)
      })
    })
    await new Promise<void>((resolve) => passive.listen(0, '127.0.0.1', resolve))
    return (passive.address() as AddressInfo).port
  }

  /** Sends over the data connection; a set `cutAfter` or `stallAfter` strikes here. */
  async function send(session: Session, bytes: Buffer): Promise<string | undefined> {
    if (!session.data) return '425 no data connection'
    session.control.write('150 here it comes\r\n')
    const data = await session.data
    session.data = undefined
    const { cutAfter, stallAfter } = behaviour
    const least = Math.min(cutAfter ?? bytes.length, stallAfter ?? bytes.length)
    if (least >= bytes.length) {
      await new Promise<void>((resolve) => data.end(bytes, resolve))
      return '226 done'
    }
    await new Promise<void>((resolve) => data.write(bytes.subarray(0, least), () => resolve()))
    if (stallAfter !== undefined) return undefined
    data.end()
    if (behaviour.cutSilently) session.control.destroy()
    return behaviour.cutSilently ? undefined : '426 transfer aborted'
  }

  async function list(
    session: Session,
    argument: string,
    line: (entry: Entry) => string,
  ): Promise<string | undefined> {
    const path = pathOf(session, argument.replace(/^-\S+ ?/, ''))
    const entries = entriesBelow(behaviour.files, path)
    if (!entries) return '550 no such folder'
    return send(session, Buffer.from(entries.map((entry) => `${line(entry)}\r\n`).join('')))
  }

  const table: Record<string, Command> = {
    USER: (session, name) => {
      session.username = name
      return '331 password please'
    },
    PASS: (session, password) => {
      const { login } = behaviour
      const fits = !login || (login.username === session.username && login.password === password)
      return fits ? '230 logged in' : '530 login incorrect'
    },
    AUTH: (session) => {
      if (!behaviour.tls) return '502 no TLS here'
      session.control.write('234 go ahead\r\n')
      const plain = session.control
      plain.removeAllListeners('data')
      session.control = new TLSSocket(plain, { isServer: true, secureContext: context() })
      session.control.on('error', () => {})
      listen(session)
      return undefined
    },
    PBSZ: () => '200 ok',
    PROT: (session, level) => {
      session.secure = level === 'P'
      return '200 ok'
    },
    SYST: () => '215 UNIX Type: L8',
    TYPE: () => '200 ok',
    STRU: () => '200 ok',
    OPTS: () => '200 ok',
    NOOP: () => '200 ok',
    FEAT: () => {
      const { noMlsd, noSize, noMdtm, noRest, noEpsv } = behaviour
      const features = [
        !noMlsd && 'MLST type*;size*;modify*;',
        !noSize && 'SIZE',
        !noMdtm && 'MDTM',
        !noRest && 'REST STREAM',
        !noEpsv && 'EPSV',
      ].filter((name) => name !== false)
      return ['211-Features:', ...features.map((name) => ` ${name}`), '211 End'].join('\r\n')
    },
    PWD: (session) => `257 "/${session.folder}" is current`,
    CWD: (session, argument) => {
      const path = pathOf(session, argument)
      if (entryAt(behaviour.files, path)?.folder !== true) return '550 no such folder'
      session.folder = path
      return '250 ok'
    },
    SIZE: (session, argument) => {
      if (behaviour.noSize) return '502 not implemented'
      const entry = entryAt(behaviour.files, pathOf(session, argument))
      return entry && !entry.folder ? `213 ${entry.bytes}` : '550 no such file'
    },
    MDTM: (session, argument) => {
      if (behaviour.noMdtm) return '502 not implemented'
      const entry = entryAt(behaviour.files, pathOf(session, argument))
      return entry && !entry.folder ? `213 ${stamp(entry.modified)}` : '550 no such file'
    },
    EPSV: async (session) =>
      behaviour.noEpsv ? '502 not implemented' : `229 ok (|||${await openPassive(session)}|)`,
    PASV: async (session) => {
      const port = await openPassive(session)
      const host = (behaviour.pasvHost ?? '127.0.0.1').replaceAll('.', ',')
      return `227 ok (${host},${port >> 8},${port & 255})`
    },
    REST: (session, argument) => {
      if (behaviour.noRest) return '502 not implemented'
      session.restart = Number(argument)
      return `350 restarting at ${argument}`
    },
    RETR: (session, argument) => {
      const body = bytesAt(behaviour.files, pathOf(session, argument))
      const start = session.restart
      session.restart = 0
      return body ? send(session, body.subarray(start)) : '550 no such file'
    },
    LIST: (session, argument) => list(session, argument, unixLine),
    NLST: (session, argument) => list(session, argument, (entry) => entry.name),
    MLSD: (session, argument) =>
      behaviour.noMlsd ? '502 not implemented' : list(session, argument, mlsdLine),
    QUIT: (session) => {
      session.control.end('221 bye\r\n')
      return undefined
    },
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `ftp://127.0.0.1:${port}/`,
    behaviour,
    commands,
    connections: () => connections,
    close() {
      for (const socket of sockets) socket.destroy()
      for (const passive of passives) passive.close()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
