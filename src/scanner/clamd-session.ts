import { connect, type NetConnectOpts } from 'node:net'
import { limits } from '../limits.ts'

/**
 * Sends one command to clamd over a connection of its own and reads the one line it answers.
 * @param socket path of a Unix socket, or `host:port` with or without `tcp://`
 * @throws the socket's own errors; an Error when clamd is silent or answers without end
 */
export function askClamd(socket: string, command: 'RELOAD' | 'VERSION'): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = connect(addressOf(socket))
    let answer = ''
    const end = (finish: () => void) => {
      connection.destroy()
      finish()
    }
    connection.setEncoding('utf8')
    connection.setTimeout(limits.clamdAnswer, () => end(() => reject(new Error('clamd does not answer'))))
    connection.once('connect', () => connection.write(`n${command}\n`))
    connection.once('error', (error) => end(() => reject(error)))
    connection.once('end', () => end(() => resolve(answer.trim())))
    connection.on('data', (text: string) => {
      answer += text
      if (answer.includes('\n')) end(() => resolve(answer.trim()))
      else if (answer.length > limits.clamdReply) end(() => reject(new Error('clamd answers without end')))
    })
  })
}

function addressOf(socket: string): NetConnectOpts {
  const tcp = /^(?:tcp:\/\/)?(\[[^\]]+\]|[^/:]+):(\d{1,5})$/.exec(socket)
  if (!tcp) return { path: socket }
  return { host: (tcp[1] ?? '').replace(/^\[|\]$/g, ''), port: Number(tcp[2]) }
}
