import type { Server, Socket } from 'node:net'
import { isIPv6 } from 'node:net'

/**
 * One client holds at most half of the connections of a server: whoever opens all he can leaves room for others.
 * @param connections how many there are in all
 */
export function shareConnections(server: Server, connections: number): void {
  const most = Math.max(1, Math.ceil(connections / 2))
  const held = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    // Who comes through a socket of this machine has no address; its folder says who may.
    if (socket.remoteAddress === undefined) return
    const client = clientAt(socket.remoteAddress)
    const own = (held.get(client) ?? 0) + 1
    held.set(client, own)
    socket.once('close', () => {
      const left = (held.get(client) ?? 1) - 1
      if (left > 0) held.set(client, left)
      else held.delete(client)
    })
    if (own > most) socket.destroy()
  })
}

/** Who an address counts as: of IPv6 the network of 64 bits, since a host has all addresses of one. */
export function clientAt(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  const groups = [...before, ...Array<string>(gap).fill('0'), ...after]
  return `${groups.slice(0, 4).join(':')}::/64`
}
