import { connect } from 'node:net'
import { limits } from '../limits.ts'

/** A question for Suricata's command socket. */
export interface SuricataCommand {
  readonly command: string
  readonly arguments?: Readonly<Record<string, string>>
}

/** What Suricata answers: `OK` or `NOK`, and what it has to say. */
export interface SuricataAnswer {
  readonly ok: boolean
  readonly message: unknown
}

/** One conversation; commands are answered one after the other, and not at all while a reload is going on. */
export type AskSuricata = (command: SuricataCommand) => Promise<SuricataAnswer>

/**
 * Opens Suricata's command socket (`unix-command` in suricata.yaml) for one conversation, and closes it afterwards. Its
 * protocol 0.2 is a line of JSON each way; the first one names the version.
 * @param timeout of the whole conversation, milliseconds
 * @returns what `talk` returns
 * @throws the socket's own errors; an Error when it does not answer in time, answers without end, or something else
 */
export async function withSuricata<Result>(
  socket: string,
  { timeout, signal }: { readonly timeout: number; readonly signal?: AbortSignal },
  talk: (ask: AskSuricata) => Promise<Result>,
): Promise<Result> {
  const connection = connect({ path: socket })
  let read = ''
  let fail: ((error: Error) => void) | null = null
  let take: ((line: string) => void) | null = null
  let broken: Error | null = null
  const end = (error: Error) => {
    broken ??= error
    connection.destroy()
    fail?.(broken)
  }
  // Of the whole conversation: real time, since it bounds a real program.
  const clock = setTimeout(() => end(new Error('suricata does not answer')), timeout)
  const stop = () => end(new Error('suricata is no longer asked'))
  signal?.addEventListener('abort', stop, { once: true })
  connection.setEncoding('utf8')
  connection.on('error', end)
  connection.on('close', () => end(new Error('suricata closed the connection')))
  connection.on('data', (text: string) => {
    read += text
    if (read.length > limits.suricataReply) end(new Error('suricata answers without end'))
    const line = read.indexOf('\n')
    if (line < 0) return
    take?.(read.slice(0, line))
    read = read.slice(line + 1)
  })
  const exchange = (question: object): Promise<SuricataAnswer> =>
    new Promise<string>((resolve, reject) => {
      if (broken) return reject(broken)
      take = resolve
      fail = reject
      connection.write(`${JSON.stringify(question)}\n`)
    }).then(readAnswer)
  try {
    if (signal?.aborted) stop()
    const greeted = await exchange({ version: '0.2' })
    if (!greeted.ok) throw new Error('suricata does not speak version 0.2 of its command socket')
    return await talk(exchange)
  } finally {
    clearTimeout(clock)
    signal?.removeEventListener('abort', stop)
    fail = null
    connection.destroy()
  }
}

function readAnswer(line: string): SuricataAnswer {
  let answer: unknown
  try {
    answer = JSON.parse(line)
  } catch {
    answer = null
  }
  if (typeof answer !== 'object' || answer === null || !('return' in answer))
    throw new Error(`that is no answer of suricata: ${line.slice(0, 80)}`)
  return { ok: answer.return === 'OK', message: 'message' in answer ? answer.message : null }
}
