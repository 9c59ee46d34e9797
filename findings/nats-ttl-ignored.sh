#!/bin/bash
# NATS: a time to live for one message, with Debian's server. Seen with nats-server 2.9.10 (Debian 12), @nats-io 3.3.1.
#
# Guess: what the server is too old for is refused: the client does refuse `filter_subjects` and stream metadata
#   ("requires server 2.10.0"), and knows the server's version.
# Behaviour: `publish(..., { ttl: '1s' })`, a stream with `allow_msg_ttl`, and a key-value bucket's `create(key, value,
#   '1s')` are accepted by both, without an error, and nothing expires. A lease or a lock made this way is never free
#   again.
# Output: refused; accepted and still there after three seconds.
. "$(dirname "$0")/lib/setup.sh"
debian nats-server 2.9.10-1+b3
packages @nats-io/transport-node@3.3.1 @nats-io/jetstream@3.3.1 @nats-io/kv@3.3.1

cat >try.js <<'J'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { Kvm } from '@nats-io/kv'
import { connect } from '@nats-io/transport-node'

const connection = await connect({ servers: `127.0.0.1:${process.argv[2]}` })
const manager = await jetstreamManager(connection)
const said = (work) => work.then(() => 'accepted', () => 'refused')
console.log(await said(manager.streams.add({ name: 'WITH', subjects: ['with.>'], metadata: { a: 'b' } })))
console.log(await said(manager.streams.add({ name: 'TTL', subjects: ['ttl.>'], allow_msg_ttl: true })))
console.log(await said(jetstream(connection).publish('ttl.message', 'x', { ttl: '1s' })))
const bucket = await new Kvm(connection).create('leases')
console.log(await said(bucket.create('lease', 'x', '1s')))
await new Promise((later) => setTimeout(later, 3000))
console.log((await manager.streams.getMessage('TTL', { last_by_subj: 'ttl.message' })) ? 'there' : 'gone')
console.log((await bucket.get('lease')) ? 'there' : 'gone')
await connection.close()
J
port=$(free_port)
background nats-server -a 127.0.0.1 -p "$port" -js -sd "$T/store" >log 2>&1
until_true listens "$port"
node try.js "$port" >out 2>err
seen 'metadata' refused "$(sed -n 1p out)"
seen 'a stream with allow_msg_ttl' accepted "$(sed -n 2p out)"
seen 'a message for one second' accepted "$(sed -n 3p out)"
seen 'a key for one second' accepted "$(sed -n 4p out)"
seen 'after three seconds, the message' there "$(sed -n 5p out)"
seen 'after three seconds, the key' there "$(sed -n 6p out)"
the_end
