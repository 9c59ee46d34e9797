import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { limits } from '../../../limits.ts'

/**
 * Sends datagrams. Nobody confirms them; only a machine that says at once that nobody listens is a failure.
 * @throws what the resolver or the socket reports
 */
export async function sendDatagrams(
  messages: readonly Uint8Array[],
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<void> {
  const { address, family } = await lookup(host)
  signal.throwIfAborted()
  const socket = createSocket({ type: family === 6 ? 'udp6' : 'udp4', signal })
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      // Only a connected socket is told of the answer "port unreachable".
      socket.connect(port, address, resolve)
    })
    const broken = new Promise<never>((_, reject) => {
      socket.removeAllListeners('error').on('error', reject)
    })
    const sent = messages.map(
      (message) =>
        new Promise<void>((resolve, reject) =>
          socket.send(message, (error) => (error ? reject(error) : resolve())),
        ),
    )
    await Promise.race([broken, Promise.all(sent)])
    await Promise.race([broken, wait(limits.syslogDatagramAnswer)])
  } finally {
    if (!signal.aborted) socket.close()
  }
}
