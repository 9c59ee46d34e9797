#!/bin/bash
# NATS: a stream without a bound of its own. Seen with nats-server 2.9.10 (Debian 12), @nats-io/jetstream 3.3.1.
#
# Guess: a stream with max_bytes has its bytes reserved when it is made (the server refuses to make one for which there is
#   no room), so that another one that grows does not take them.
# Behaviour: the reservation counts when streams are made, not when they are written to. An unbounded stream fills the
#   whole store; after that the small one, nearly empty, takes nothing either.
# Output: the bounded stream of 1 MiB, with one message in it, refuses the next one ("insufficient"), in a store of 8 MiB.
. "$(dirname "$0")/lib/setup.sh"
debian nats-server 2.9.10-1+b3
packages @nats-io/transport-node@3.3.1 @nats-io/jetstream@3.3.1

cat >try.js <<'J'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'

const connection = await connect({ servers: `127.0.0.1:${process.argv[2]}` })
const manager = await jetstreamManager(connection)
await manager.streams.add({ name: 'SMALL', subjects: ['small'], max_bytes: 1048576 })
await manager.streams.add({ name: 'LARGE', subjects: ['large'] })
const js = jetstream(connection)
const said = (work) => work.then(() => 'acknowledged', (error) => error.message)
console.log(await said(js.publish('small', 'one')))
let full = 'never full'
for (let i = 0; i < 40; i += 1) {
  full = await said(js.publish('large', Buffer.alloc(512 * 1024)))
  if (full !== 'acknowledged') break
}
console.log(full)
console.log(await said(js.publish('small', 'two')))
const more = await said(manager.streams.add({ name: 'MORE', subjects: ['more'], max_bytes: 8 * 1048576 }))
console.log(more)
await connection.close()
J
port=$(free_port)
printf 'listen: "127.0.0.1:%s"\njetstream: { store_dir: "%s", max_file_store: 8MB, max_memory_store: 1MB }\n' "$port" "$T/store" >nats.conf
background nats-server -c nats.conf >log 2>&1
until_true listens "$port"
node try.js "$port" >out 2>err
seen 'the first message of the bounded one' acknowledged "$(sed -n 1p out)"
seen 'the unbounded one, once full' 'insufficient' "$(sed -n '2s/.*\(insufficient\).*/\1/p' out)"
seen 'the bounded one after that' 'insufficient' "$(sed -n '3s/.*\(insufficient\).*/\1/p' out)"
the_end
