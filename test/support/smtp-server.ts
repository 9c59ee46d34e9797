import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'

/** How the server behaves; what is not given it does not offer. */
export interface SmtpBehaviour {
  /** PEM files for STARTTLS. */
  readonly tls?: { readonly certificate: string; readonly key: string }
  /** Speaks TLS from the first byte. */
  readonly implicit?: boolean
  /** The only login that is taken; mail without it is refused. */
  readonly login?: { readonly user: string; readonly password: string }
  /** Answers in place of the usual ones, by verb: `{ DATA: '451 later' }`. */
  readonly answers?: Readonly<Record<string, string>>
  /** Recipients that are refused. */
  readonly refuse?: readonly string[]
  /** Accepts the connection and never says a word. */
  readonly silent?: boolean
}

/** One mail as it came. */
export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly secure: boolean
  readonly user: string | null
  /** Headers and body, dots unstuffed. */
  readonly raw: string
}

export interface SmtpServer {
  readonly port: number
  readonly mails: ReceivedMail[]
  /** Every command, passwords included: what must not be said in the clear can be looked for. */
  readonly commands: string[]
  readonly behave: (behaviour: SmtpBehaviour) => void
  readonly close: () => Promise<void>
}

/** A mail server on loopback that takes everything, unless it is told to fail. */
export async function startSmtpServer(first: SmtpBehaviour = {}): Promise<SmtpServer> {
  let behaviour = first
  const mails: ReceivedMail[] = []
  const commands: string[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    if (behaviour.silent) return
    converse(behaviour.implicit ? secured(socket, behaviour) : socket, behaviour, { mails, commands })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    mails,
    commands,
    behave(next) {
      behaviour = next
    },
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function secured(socket: Socket, { tls }: SmtpBehaviour): TLSSocket {
  if (!tls) throw new Error('no certificate was given')
  const secureContext = createSecureContext({
    cert: readFileSync(tls.certificate),
    key: readFileSync(tls.key),
  })
  const secure = new TLSSocket(socket, { isServer: true, secureContext })
  secure.on('error', () => undefined)
  return secure
}

function converse(
  socket: Socket,
  behaviour: SmtpBehaviour,
  { mails, commands }: Pick<SmtpServer, 'mails' | 'commands'>,
  greet = true,
): void {
  const { tls, login, answers = {}, refuse = [] } = behaviour
  const secure = socket instanceof TLSSocket
  let [rest, from, data]: [string, string, string[] | null] = ['', '', null]
  let to: string[] = []
  let user: string | null = null
  const say = (line: string) => socket.write(`${line}\r\n`)
  const greeting = [
    '250-smtp.test',
    ...(tls && !secure ? ['250-STARTTLS'] : []),
    ...(login ? ['250-AUTH PLAIN'] : []),
    '250 8BITMIME',
  ].join('\r\n')

  function obey(line: string): void {
    commands.push(line)
    const verb = line.split(/[ :]/)[0]?.toUpperCase() ?? ''
    const scripted = answers[verb]
    if (scripted !== undefined) return void say(scripted)
    switch (verb) {
      case 'EHLO':
        return void say(greeting)
      case 'STARTTLS':
        if (!tls) return void say('502 not here')
        say('220 go on')
        socket.removeAllListeners('data')
        converse(secured(socket, behaviour), behaviour, { mails, commands }, false)
        return
      case 'AUTH': {
        const [, name, password] = Buffer.from(line.split(' ')[2] ?? '', 'base64')
          .toString()
          .split('\0')
        if (name !== login?.user || password !== login?.password) return void say('535 wrong')
        user = name ?? null
        return void say('235 welcome')
      }
      case 'MAIL':
        if (login && user === null) return void say('530 log in first')
        from = /<(.*?)>/.exec(line)?.[1] ?? ''
        return void say('250 ok')
      case 'RCPT': {
        const address = /<(.*?)>/.exec(line)?.[1] ?? ''
        if (refuse.includes(address)) return void say('550 unknown here')
        to.push(address)
        return void say('250 ok')
      }
      case 'DATA':
        data = []
        return void say('354 go on')
      case 'QUIT':
        say('221 bye')
        return void socket.end()
      default:
        return void say('250 ok')
    }
  }

  socket.on('data', (bytes: Buffer) => {
    rest += bytes.toString('utf8')
    for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
      const line = rest.slice(0, end)
      rest = rest.slice(end + 2)
      if (data === null) obey(line)
      else if (line === '.') {
        mails.push({ from, to, secure, user, raw: data.join('\r\n') })
        data = null
        to = []
        say('250 taken')
      } else data.push(line.replace(/^\./, ''))
    }
  })
  if (greet) say('220 smtp.test ESMTP')
}
