#!/bin/bash
# NATS: publishing while the connection is away. Seen with nats-server 2.9.10 (Debian 12), @nats-io/transport-node 3.3.1.
#
# Guess: what is published meanwhile is kept and sent after the reconnect, as NATS's client for Go does; or publish throws.
# Behaviour: it does neither: the message is gone without an error. Who asks for a flush() behind it is told that the
#   connection was away; who does not, learns nothing.
# Output: "before after" is heard of "before", "meanwhile" and "after"; nothing was thrown; the flush says "connection
#   disconnected".
. "$(dirname "$0")/lib/setup.sh"
debian nats-server 2.9.10-1+b3
packages @nats-io/transport-node@3.3.1

cat >try.js <<'J'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from '@nats-io/transport-node'

const port = process.argv[2]
let server
async function start() {
  server = spawn('nats-server', ['-a', '127.0.0.1', '-p', port], { stdio: ['ignore', 'ignore', 'pipe'] })
  for await (const line of server.stderr) if (String(line).includes('Server is ready')) return
}
async function stop() {
  server.kill('SIGKILL')
  await once(server, 'exit')
}
await start()
const options = { servers: `127.0.0.1:${port}`, maxReconnectAttempts: -1, reconnectTimeWait: 200 }
const [hearing, sending] = [await connect(options), await connect(options)]
const heard = []
hearing.subscribe('news', { callback: (_, message) => heard.push(message.string()) })
await hearing.flush()
sending.publish('news', 'before')
await sending.flush()
await pause(300)
await stop()
await pause(500)
let thrown = 'nothing thrown'
try {
  sending.publish('news', 'meanwhile')
} catch (error) {
  thrown = error.message
}
const flushed = sending.flush().then(() => 'flushed', (error) => error.message)
await start()
for (let i = 0; i < 100 && heard.at(-1) !== 'after'; i += 1) {
  await pause(100)
  sending.publish('news', 'after')
}
await pause(1000)
console.log([...new Set(heard)].join(' '))
console.log(thrown)
console.log(await Promise.race([flushed, pause(3000, 'pending')]))
await Promise.all([hearing.close(), sending.close()])
await stop()
J
node try.js "$(free_port)" >out 2>err
seen 'what was heard' 'before after' "$(sed -n 1p out)"
seen 'what publish said' 'nothing thrown' "$(sed -n 2p out)"
seen 'what flush said' 'connection disconnected' "$(sed -n 3p out)"
the_end
