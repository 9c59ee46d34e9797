import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { connectBus } from '../../src/bus/connect.ts'

// A real nats-server is asked in test/fleet/bus; here what only looks like one.

const info = (more = '') =>
  `INFO {"server_id":"N","version":"2.10.0","proto":1,"headers":true,"max_payload":1048576${more}}\r\n`

let server: Server | undefined
const open = new Set<Socket>()
let seen = 0
afterEach(() => {
  for (const socket of open) socket.destroy()
  open.clear()
  server?.close()
})

async function listening(talk: (socket: Socket) => void): Promise<string> {
  seen = 0
  server = createServer((socket) => {
    seen += 1
    open.add(socket.on('error', () => undefined))
    socket.once('close', () => open.delete(socket)).resume()
    talk(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const bus = (server: string) => ({ servers: [server], credentials: null, ca: null })
const identity = { name: 'host', seed: null }

function everySomeTime(socket: Socket, bytes: Buffer | string, milliseconds: number): void {
  const timer = setInterval(() => socket.write(bytes), milliseconds)
  socket.once('close', () => clearInterval(timer))
}

describe('a line to the bus', () => {
  it.each<[string, string, (socket: Socket) => void]>([
    ['says nothing', 'nats', () => undefined],
    ['drips', 'nats', (socket) => everySomeTime(socket, 'x', 20)],
    [
      'begins to speak of itself without end',
      'nats',
      (socket) => {
        socket.write('INFO {"a":"')
        everySomeTime(socket, Buffer.alloc(200_000, 'x'), 1)
      },
    ],
    ['greets and says no more', 'nats', (socket) => socket.write(info())],
    ['never ends its handshake', 'tls', (socket) => socket.write(info(',"tls_required":true'))],
  ])('to a server that %s is given up in time, and nothing of it stays open', async (_, scheme, talk) => {
    const at = await listening(talk)
    const began = performance.now()
    const line = connectBus(bus(`${scheme}://${at}`), identity, { patience: 500, stay: false })
    await expect(line).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
    expect(performance.now() - began).toBeLessThan(5000)
    expect(seen).toBeGreaterThan(0)
    await expect.poll(() => open.size).toBe(0)
  })

  it('that is lost leaves no socket behind at any attempt to have it again', async () => {
    const at = await listening((socket) => {
      // Only the first time; after that it is silent.
      if (seen > 1) return
      socket.write(info())
      socket.on('data', (bytes) => String(bytes).includes('PING') && socket.write('PONG\r\n'))
    })
    const line = await connectBus(bus(`nats://${at}`), identity, { patience: 300, stay: true })
    for (const socket of open) socket.destroy()
    await expect.poll(() => seen, { timeout: 40_000, interval: 50 }).toBeGreaterThanOrEqual(4)
    expect(open.size).toBeLessThanOrEqual(1)
    await line.close()
  }, 60_000)
})
