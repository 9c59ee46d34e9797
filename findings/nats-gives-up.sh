#!/bin/bash
# NATS: how long a client tries. Seen with nats-server 2.9.10 (Debian 12), @nats-io/transport-node 3.3.1.
#
# Guess: a client that has been connected reconnects for as long as it takes, and maxReconnectAttempts bounds the first
#   connection as well.
# Behaviour: the other way round. By default a connection that was good is closed for good after ten tries, some twenty
#   seconds: a server that restarts more slowly than that has lost its clients. With waitOnFirstConnect the bound is not
#   looked at: the client tries without end to reach a server that was never there.
# Output: "closed" for the one that was connected, 30 s after its server ended; "trying" for the one with a bound of 3 tries
#   and no server, after as long.
. "$(dirname "$0")/lib/setup.sh"
debian nats-server 2.9.10-1+b3
packages @nats-io/transport-node@3.3.1

cat >try.js <<'J'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from '@nats-io/transport-node'

const [, , port, nobody, server] = process.argv
const never = connect({
  servers: `127.0.0.1:${nobody}`,
  waitOnFirstConnect: true,
  maxReconnectAttempts: 3,
  reconnectTimeWait: 200,
  reconnectJitter: 0,
}).then(() => 'connected', (error) => `gave up: ${error.message}`)
const connection = await connect({ servers: `127.0.0.1:${port}` })
process.kill(Number(server))
await pause(30000)
console.log(connection.isClosed() ? 'closed' : 'trying')
console.log(await Promise.race([never, pause(100, 'trying')]))
process.exit(0)
J
port=$(free_port)
nats-server -a 127.0.0.1 -p "$port" >log 2>&1 &
server=$!
started+=("$server")
until_true listens "$port"
timeout 100 node try.js "$port" "$(free_port)" "$server" >out 2>err
seen 'connected once, no server any more' closed "$(sed -n 1p out)"
seen 'never connected, three tries allowed' trying "$(sed -n 2p out)"
the_end
