#!/bin/bash
# NATS: an ordered consumer after its server was killed. Seen with nats-server 2.9.10 (Debian 12), @nats-io/jetstream
# 3.3.1.
#
# Guess: it is the consumer that looks after itself: made anew after the reconnect, it goes on where it stopped.
# Behaviour: after kill -9 and a start of the server it hears nothing of what is published for half a minute or so, while
#   a durable consumer of the same connection hears each message at once. No error, no status in between.
# Output: 20 s after the start the durable one has heard the ten messages that were published then, the ordered one fewer.
. "$(dirname "$0")/lib/setup.sh"
debian nats-server 2.9.10-1+b3
packages @nats-io/transport-node@3.3.1 @nats-io/jetstream@3.3.1

cat >try.js <<'J'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'

const [, , port, store] = process.argv
let server
async function start() {
  server = spawn('nats-server', ['-a', '127.0.0.1', '-p', port, '-js', '-sd', store], { stdio: ['ignore', 'ignore', 'pipe'] })
  for await (const line of server.stderr) if (String(line).includes('Server is ready')) return
}
await start()
const connection = await connect({ servers: `127.0.0.1:${port}`, maxReconnectAttempts: -1, reconnectTimeWait: 200 })
const manager = await jetstreamManager(connection)
await manager.streams.add({ name: 'S', subjects: ['news'] })
await manager.consumers.add('S', { durable_name: 'd', ack_policy: AckPolicy.Explicit })
const js = jetstream(connection)
const heard = { ordered: new Set(), durable: new Set() }
await (await js.consumers.get('S')).consume({ callback: (m) => heard.ordered.add(m.string()) })
await (await js.consumers.get('S', 'd')).consume({ callback: (m) => { m.ack(); heard.durable.add(m.string()) } })
for (let i = 0; i < 5; i += 1) await js.publish('news', `before ${i}`)
await pause(1000)
console.log(heard.ordered.size, heard.durable.size)
server.kill('SIGKILL')
await once(server, 'exit')
await start()
heard.ordered.clear()
heard.durable.clear()
for (let sent = 0; sent < 10; ) {
  await pause(500)
  sent += await js.publish('news', `after ${sent}`).then(() => 1, () => 0)
}
await pause(15000)
console.log(heard.ordered.size < heard.durable.size ? 'fewer' : 'as many', heard.durable.size)
server.kill('SIGKILL')
process.exit(0)
J
timeout 100 node try.js "$(free_port)" "$T/store" >out 2>err
seen 'before the kill, ordered and durable' '5 5' "$(sed -n 1p out)"
seen 'of ten after it' 'fewer 10' "$(sed -n 2p out)"
the_end
