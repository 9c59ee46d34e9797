import { connect, type NetConnectOpts } from 'node:net'
import { join } from 'node:path'
import { databaseHeaderBytes, passesForDaily, readHeaderLine } from '../clamav/header.ts'
import { openRegular } from '../disk/foreign-file.ts'
import { limits } from '../limits.ts'

/**
 * Sends one command to clamd over a connection of its own and reads the one line it answers.
 * @param socket path of a Unix socket, or `host:port` with or without `tcp://`
 * @param within how long that may take; milliseconds
 * @throws the socket's own errors; an Error when clamd does not answer in time, without end, or not at all
 */
export function askClamd(
  socket: string,
  command: 'RELOAD' | 'VERSION',
  within: number = limits.clamdAnswer,
): Promise<string> {
  return exchange(socket, Buffer.from(`n${command}\n`), within)
}

/**
 * Has clamd scan some bytes.
 * @returns the name of what it found, null when it found nothing
 * @throws as {@link askClamd}; an Error when it answers that it could not scan
 */
export async function scanByClamd(
  socket: string,
  bytes: Uint8Array,
  within: number = limits.clamdAnswer,
): Promise<string | null> {
  const parts = [Buffer.from('nINSTREAM\n'), lengthOf(bytes.length), bytes, lengthOf(0)]
  const answer = await exchange(socket, Buffer.concat(parts), within)
  const found = /^stream: (.+) FOUND$/.exec(answer)?.[1]
  if (found !== undefined) return found
  if (answer === 'stream: OK') return null
  throw new Error(`clamd could not scan, it answered '${answer}'`)
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes)
  return length
}

function exchange(socket: string, request: Uint8Array, within: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = connect(addressOf(socket))
    let answer = ''
    const end = (finish: () => void) => {
      clearTimeout(clock)
      connection.destroy()
      finish()
    }
    const fail = (text: string) => end(() => reject(new Error(text)))
    // Of the whole exchange: a timeout of the socket would begin anew with every byte. Real time, since it bounds a
    // real program.
    const clock = setTimeout(() => fail('clamd does not answer'), within)
    connection.setEncoding('utf8')
    connection.once('connect', () => connection.write(request))
    connection.on('error', (error) => end(() => reject(error)))
    connection.on('data', (text: string) => {
      answer += text
      const line = answer.indexOf('\n')
      if (line >= 0) end(() => resolve(answer.slice(0, line).trim()))
      else if (answer.length > limits.clamdReply) fail('clamd answers without end')
    })
    connection.once('close', () => fail('clamd closed the connection in the middle of its answer'))
  })
}

function addressOf(socket: string): NetConnectOpts {
  const tcp = /^(?:tcp:\/\/)?(\[[^\]]+\]|[^/:]+):(\d{1,5})$/.exec(socket)
  if (!tcp) return { path: socket }
  return { host: (tcp[1] ?? '').replace(/^\[|\]$/g, ''), port: Number(tcp[2]) }
}

/** What clamd writes for the number of its database when it has lost its engine (clamd 1.x, a failed reload). */
const noEngine = 4_294_967_295

/**
 * The number of the loaded `daily` database in an answer to VERSION; null when it has none, `none` when clamd has no
 * engine, `unknown` when that is no answer of clamd's.
 */
export function loadedNumber(answer: string): number | null | 'none' | 'unknown' {
  const match = /^ClamAV [^/]+(?:\/(\d+)\/(.*))?$/.exec(answer)
  if (!match) return 'unknown'
  if (Number(match[1]) === noEngine || match[2]?.startsWith('invalid')) return 'none'
  return match[1] === undefined ? null : Number(match[1])
}

/**
 * The number in the head of a set's `daily.cvd` or `daily.cld`; null when it has neither, or no such head, and where clamd shows
 * that of another database in its place.
 */
export async function numberOfSet(directory: string): Promise<number | null> {
  if (passesForDaily(directory)) return null
  for (const name of ['daily.cld', 'daily.cvd']) {
    const number = await numberOf(join(directory, name)).catch(() => null)
    if (number !== null) return number
  }
  return null
}

async function numberOf(path: string): Promise<number> {
  const file = await openRegular(path)
  try {
    const head = Buffer.alloc(databaseHeaderBytes)
    const { bytesRead } = await file.read(head, 0, head.length, 0)
    const line = head.toString('latin1', 0, bytesRead).split(/[\r\n]/)[0] ?? ''
    return readHeaderLine(line.trimEnd()).version
  } finally {
    await file.close()
  }
}
