#!/bin/bash
# NATS: `max_payload` that a reload changes. Seen with nats-server 2.9.10 (Debian 12), @nats-io/transport-node 3.3.1.
#
# Guess: clients that are connected are told of the new bound, as of other servers, or are disconnected to learn it.
# Behaviour: the reload says "Reloaded: max_payload", and who is connected goes on with the bound of before. Where it was lowered the
#   first message above it costs the connection and is gone: publish() does not throw, only a flush() behind it knows; after
#   the reconnect the same message is refused by the client itself. Where it was raised such clients refuse what the server
#   would take, until something else ends their connection.
# Output: of 5,000 bytes: heard with a bound of 10,000; lost with 1,000, and nothing thrown; then refused; refused still when the
#   bound is 20,000; heard by way of a new connection.
. "$(dirname "$0")/lib/setup.sh"
debian nats-server 2.9.10-1+b3
packages @nats-io/transport-node@3.3.1

cat >try.js <<'J'
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from '@nats-io/transport-node'

const [port, server] = process.argv.slice(2)
const options = { servers: `127.0.0.1:${port}`, maxReconnectAttempts: -1, reconnectTimeWait: 200 }
const [hearing, sending] = [await connect(options), await connect(options)]
let heard = 0
hearing.subscribe('news', { callback: () => (heard += 1) })
await hearing.flush()
async function publish(from) {
  const before = heard
  let told = 'nothing thrown'
  try {
    from.publish('news', new Uint8Array(5000))
  } catch (error) {
    told = error.message
  }
  await pause(1500)
  console.log(`${heard > before ? 'heard' : 'lost'}, ${told}`)
}
async function reload(bound) {
  writeFileSync('nats.conf', `listen: 127.0.0.1:${port}\nmax_payload: ${bound}\n`)
  process.kill(Number(server), 'SIGHUP')
  while (!readFileSync('nats.log', 'utf8').includes(`Reloaded: max_payload = ${bound}`)) await pause(100)
}
await publish(sending)
await reload(1000)
await publish(sending)
await publish(sending)
await reload(20000)
await publish(sending)
const anew = await connect(options)
await publish(anew)
await Promise.all([hearing.close(), sending.close(), anew.close()])
J
port=$(free_port)
printf 'listen: 127.0.0.1:%s\nmax_payload: 10000\n' "$port" >nats.conf
background nats-server -c nats.conf -l nats.log -P nats.pid
until_true listens "$port"
timeout 60 node try.js "$port" "$(cat nats.pid)" >out 2>err
seen 'bound of 10,000' 'heard, nothing thrown' "$(sed -n 1p out)"
seen 'lowered to 1,000' 'lost, nothing thrown' "$(sed -n 2p out)"
seen 'why' 'maximum payload exceeded' "$(grep -o 'maximum payload exceeded' nats.log | head -n 1)"
seen 'once more' "lost, 'payload' max_payload size exceeded" "$(sed -n 3p out)"
seen 'raised to 20,000' "lost, 'payload' max_payload size exceeded" "$(sed -n 4p out)"
seen 'by a new connection' 'heard, nothing thrown' "$(sed -n 5p out)"
the_end
