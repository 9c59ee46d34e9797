import { lookup } from 'node:dns/promises'
import type { EventEmitter } from 'node:events'
import type { Session, User, Varbind } from 'net-snmp'
import { oneLine } from '../../text/plain-text.ts'
import type { DefsEvent } from '../event.ts'
import { readSinkSecret } from './secret.ts'
import { type Sink, type SinkWorld, sinkFailed } from './sink.ts'
import type { SnmpConfig } from './sink-config.ts'
import { cutToBytes, severityOf } from './syslog-message.ts'

// Of one value. A trap then stays below 1472 bytes, which every network carries in one piece.
const longestValue = 200
const longestMessage = 512

/**
 * SNMP traps (RFC 3416), version 2c or 3, one for each event: `<oid>.0.<event number>`, with the facts of the event as
 * `<oid>.1.<n>.0`. Traps go by UDP and nobody confirms them.
 */
export function openSnmp(config: SnmpConfig, world: SinkWorld): Sink {
  return {
    take: (waiting) => Math.min(waiting, 10),
    async deliver(events, signal) {
      try {
        // Only who sends traps waits for the library.
        const snmp = await import('net-snmp')
        const session = await openSession(snmp.default, config, world)
        try {
          for (const event of events) {
            signal.throwIfAborted()
            await sendTrap(session, event, config, world, snmp.default.ObjectType)
          }
        } finally {
          session.close()
        }
      } catch (error) {
        throw sinkFailed(`sending traps to ${config.host}:${config.port}`, error)
      }
    },
  }
}

type Library = typeof import('net-snmp')

async function openSession(snmp: Library, config: SnmpConfig, world: SinkWorld): Promise<Session> {
  const { host, port, version, community } = config
  const { address, family } = await lookup(host)
  const common = { trapPort: port, transport: family === 6 ? ('udp6' as const) : ('udp4' as const) }
  if (version === '2c') {
    const secret = (await readSinkSecret(community, world.env)) ?? 'public'
    return snmp.createSession(address, secret, { ...common, version: 1 })
  }
  const engineID = config.engine ?? engineOf(world.host)
  return withTime(snmp.createV3Session(address, await userOf(snmp, config, world), { ...common, engineID }))
}

async function userOf(snmp: Library, config: SnmpConfig, { env }: SinkWorld): Promise<User> {
  const { user, security: level, authProtocol, authKey, privProtocol, privKey } = config
  const named = { name: user, level: snmp.SecurityLevel[level] }
  if (level === 'noAuthNoPriv') return named
  const auth = {
    authProtocol: snmp.AuthProtocols[authProtocol],
    authKey: (await readSinkSecret(authKey, env)) ?? '',
  }
  if (level === 'authNoPriv') return { ...named, ...auth }
  const key = (await readSinkSecret(privKey, env)) ?? ''
  return { ...named, ...auth, privProtocol: snmp.PrivProtocols[privProtocol], privKey: key }
}

/**
 * The engine of this machine when none is configured: its name, in the fourth format of RFC 3411 section 5, so that
 * it stays the same and a receiver can be told of it beforehand. Hexadecimal.
 */
export function engineOf(host: string): string {
  return `80001f8804${Buffer.from(host).subarray(0, 27).toString('hex')}`
}

// 1 January 2020, from which the time of the engine counts. Milliseconds.
const beginning = Date.UTC(2020, 0, 1)

/**
 * Gives every trap the time of our engine. The library says 0 in each one, and receivers refuse whatever is 150 seconds
 * behind what they heard before (RFC 3414 section 3.2). Counted from a fixed day it needs not be kept between runs.
 */
function withTime(session: Session): Session {
  const send = session.send.bind(session)
  session.send = (request, noWait) => {
    const { message } = request as unknown as {
      readonly message: { msgSecurityParameters: Record<string, unknown> }
    }
    message.msgSecurityParameters['msgAuthoritativeEngineBoots'] = 1
    message.msgSecurityParameters['msgAuthoritativeEngineTime'] = Math.max(
      1,
      Math.floor((Date.now() - beginning) / 1000),
    )
    return send(request, noWait)
  }
  return session
}

function sendTrap(
  session: Session,
  event: DefsEvent,
  { oid }: SnmpConfig,
  { host, sourceName }: SinkWorld,
  types: Library['ObjectType'],
): Promise<void> {
  const text = (value: string | null | undefined, most = longestValue) =>
    cutToBytes(oneLine(value ?? ''), most)
  const facts: readonly (string | number)[] = [
    event.id,
    text(event.name),
    severityOf[event.level],
    text(event.message, longestMessage),
    text(event.set),
    text(event.path),
    text(event.source),
    text(event.errorCode),
    text(event.time),
    text(host),
    text(sourceName),
  ]
  const varbinds: Varbind[] = facts.map((value, index) => ({
    oid: `${oid}.1.${index + 1}.0`,
    type: typeof value === 'number' ? types.Integer : types.OctetString,
    value,
  }))
  return new Promise((resolve, reject) => {
    // What its socket reports; nobody else would hear it.
    ;(session as unknown as EventEmitter).once('error', reject)
    session.trap(`${oid}.0.${event.id}`, varbinds, (error) => (error ? reject(error) : resolve()))
  })
}
