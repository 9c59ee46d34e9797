import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventName } from '../../../src/event/catalogue.ts'
import type { DefsEvent, EventFacts } from '../../../src/event/event.ts'
import { makeEvent } from '../../../src/event/make-event.ts'
import type { SinkWorld } from '../../../src/event/sink/sink.ts'
import { makeIdentity } from '../../support/authority.ts'

export const world: SinkWorld = { env: process.env, host: 'host.test', sourceName: 'defs', state: '/nowhere' }

export const common = { name: 'sink', events: null, level: 'information', coalesce: 0 } as const

export const begin = Date.UTC(2026, 10, 21, 10)

/** An event of so many seconds after {@link begin}. */
export function eventAt(
  seconds: number,
  facts: EventFacts = {},
  name: EventName = 'update.failed',
): DefsEvent {
  const now = new Date(begin + seconds * 1000)
  return makeEvent(name, { errorCode: 'FETCH_SIZE', ...facts }, { now, productVersion: '6.5.8' })
}

/** A signal that a test can do without. */
export const never = new AbortController().signal

/** Aborted soon. */
export const soon = () => AbortSignal.timeout(200)

export interface Folder {
  readonly path: string
  readonly remove: () => void
}

export function makeFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'defs-sink-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A certificate for 127.0.0.1 and localhost that is its own authority. */
export function makeCertificate(folder: string): { readonly certificate: string; readonly key: string } {
  return makeIdentity(folder, 'loopback', {
    extensions: ['basicConstraints=critical,CA:TRUE', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
  })
}

export interface Listener {
  readonly port: number
  readonly close: () => Promise<void>
}

/** A TCP listener on loopback. */
export async function listen(take: (socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    take(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const listener = await listen(() => undefined)
  await listener.close()
  return listener.port
}
