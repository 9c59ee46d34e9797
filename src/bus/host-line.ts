import type { NatsConnection } from '@nats-io/transport-node'
import { DefsError, describeError } from '../error.ts'
import { type BusAddress, type BusIdentity, busNames, connectBus, outsideLine } from './connect.ts'

/** Sends over an open line and waits until it is stored. @throws SOURCE_REFUSED, SOURCE_UNREACHABLE */
export async function storeOn(
  connection: NatsConnection,
  subject: string,
  text: string,
  timeout: number,
): Promise<void> {
  try {
    // Asking for the answer of the stream: a plain message that is lost on the way is lost without an error.
    const answer = await connection.request(subject, text, { timeout })
    const told: unknown = JSON.parse(answer.string())
    if (typeof told === 'object' && told !== null && 'error' in told) {
      throw new DefsError('SOURCE_REFUSED', `the bus did not keep it: ${JSON.stringify(told.error)}`)
    }
  } catch (error) {
    if (error instanceof DefsError) throw error
    throw new DefsError('SOURCE_UNREACHABLE', `the bus did not answer: ${describeError(error)}`, {
      cause: error,
    })
  }
}

/** Sends one text and hangs up. @throws SOURCE_*, CONFIG_UNREADABLE */
export async function sendOnce(
  bus: BusAddress,
  identity: BusIdentity,
  subject: string,
  text: string,
  patience: number,
): Promise<void> {
  const connection = await connectBus(bus, identity, { patience, stay: false })
  try {
    await storeOn(connection, subject, text, patience)
  } finally {
    await connection.close().catch(() => undefined)
  }
}

/** A line that stays open in a daemon. */
export interface HostLine {
  /** Sends a report. @throws SOURCE_* */
  readonly send: (text: string, patience: number) => Promise<void>
  /** Resolves when the line is given up for good: it was closed, or the server lets this host in no more. */
  readonly ended: Promise<void>
  readonly close: () => Promise<void>
}

/**
 * Stays on the bus and listens. Each announcement, and what was said last at every connection, is a reason to look
 * and no more: it is not even read.
 * @throws SOURCE_*, CONFIG_UNREADABLE when it cannot connect at first
 */
export async function openHostLine(
  bus: BusAddress,
  identity: BusIdentity,
  fleet: string,
  onHint: (hint: string) => void,
): Promise<HostLine> {
  const names = busNames(fleet)
  const connection = await connectBus(bus, identity, { patience: 5000, stay: true })
  const heard = outsideLine(onHint)
  connection.subscribe(names.announcement, { callback: (_error, message) => heard(message.string()) })
  // A server to which many come at once may answer too late.
  const ask = async (triesLeft: number): Promise<void> => {
    const answer = await connection.request(names.readCard, '', { timeout: 5000 }).catch(isLate)
    if (answer === true && triesLeft > 0 && !connection.isClosed()) void ask(triesLeft - 1)
    if (typeof answer !== 'boolean' && !answer.headers?.hasError && answer.data.length > 0)
      onHint(answer.string())
  }
  void (async () => {
    for await (const { type } of connection.status()) if (type === 'reconnect') await ask(moreTries)
  })()
  await ask(moreTries)
  return {
    send: (text, patience) => storeOn(connection, names.report(identity.name), text, patience),
    ended: connection.closed().then(() => undefined),
    close: () => connection.close().catch(() => undefined),
  }
}

/** How often what was said last is asked for once more. */
const moreTries = 3

const isLate = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError'
