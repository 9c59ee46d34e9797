import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { limits } from '../limits.ts'

const sockets = new AsyncLocalStorage<Set<Socket>>()
let listening = false

function listen(): void {
  if (listening) return
  listening = true
  subscribe('net.client.socket', (message) => {
    const own = sockets.getStore()
    if (own === undefined) return
    // A line has one socket: whoever opens another has given up the one before.
    for (const one of own) one.destroy()
    own.clear()
    own.add((message as { readonly socket: Socket }).socket)
  })
}

/**
 * Opens a line of the bus, at this moment and at each later attempt, with one socket at most. The library leaves the socket
 * open when it gives up on a server that says nothing: a run would never end, and a daemon lose a descriptor at every attempt.
 * What a server says before it lets us in is bounded as well, since the library gathers it.
 * @throws what `open` throws, with no socket left
 */
export async function withOneSocket<Line>(open: () => Promise<Line>): Promise<Line> {
  listen()
  const own = new Set<Socket>()
  const drop = () => {
    for (const one of own) one.destroy()
  }
  const watch = setInterval(() => {
    if ([...own].some(({ bytesRead }) => bytesRead > limits.busGreeting)) drop()
  }, 20)
  try {
    return await sockets.run(own, open)
  } catch (error) {
    drop()
    throw error
  } finally {
    clearInterval(watch)
  }
}
