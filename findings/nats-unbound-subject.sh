#!/bin/bash
# NATS: publishing to a subject that no stream takes. Seen with nats-server 2.9.10 (Debian 12), @nats-io/jetstream
# 3.3.1.
#
# Guess: an error that says that no stream matches.
# Behaviour: "jetstream is not enabled" (JetStreamNotEnabledError), on a server where it is enabled and other subjects
#   work: nobody answers the request, and the client knows one reason for that. A mistyped subject, and a stream that
#   was deleted, look like a wrongly configured server. The key-value client takes a key such as `a..b` and then says
#   the same.
# Output: an acknowledgement for the bound subject, JetStreamNotEnabled for the other.
. "$(dirname "$0")/lib/setup.sh"
debian nats-server 2.9.10-1+b3
packages @nats-io/transport-node@3.3.1 @nats-io/jetstream@3.3.1 @nats-io/kv@3.3.1

cat >try.js <<'J'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { Kvm } from '@nats-io/kv'
import { connect } from '@nats-io/transport-node'

const connection = await connect({ servers: `127.0.0.1:${process.argv[2]}` })
await (await jetstreamManager(connection)).streams.add({ name: 'S', subjects: ['reports.>'] })
const said = (work) => work.then(() => 'acknowledged', (error) => error.message)
console.log(await said(jetstream(connection).publish('reports.one', 'x')))
console.log(await said(jetstream(connection).publish('report.one', 'x')))
const bucket = await new Kvm(connection).create('bucket')
console.log(await said(bucket.put('a.b', 'x')))
console.log(await said(bucket.put('a..b', 'x')))
await connection.close()
J
port=$(free_port)
background nats-server -a 127.0.0.1 -p "$port" -js -sd "$T/store" >log 2>&1
until_true listens "$port"
node try.js "$port" >out 2>err
seen 'a subject of the stream' acknowledged "$(sed -n 1p out)"
seen 'one with a slip of the pen' 'jetstream is not enabled' "$(sed -n 2p out)"
seen 'a key' acknowledged "$(sed -n 3p out)"
seen 'a key with two dots' 'jetstream is not enabled' "$(sed -n 4p out)"
the_end
