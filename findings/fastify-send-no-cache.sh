#!/bin/bash
# @fastify/send: a conditional request that wants to pass caches. Seen with @fastify/send 4.2.1.
#
# Guess: `Cache-Control: no-cache` speaks to caches on the way; the server that has the file answers If-None-Match with
#   304.
# Behaviour: with `no-cache` in the request every condition is ignored and the whole file sent, 200, each time (Express
#   and its kin have the rule from the browser's reload). A client that says no-cache, to get past caches, never hears
#   304 from such a server. `max-age=0` makes caches ask as well and leaves the condition in force; nginx answers 304 to
#   both.
# Output: 304, 200, 304; nginx: 304, 304, 304.
. "$(dirname "$0")/lib/setup.sh"
. "$here/lib/servers.sh"
debian nginx 1.22.1-9+deb12u11
packages @fastify/send@4.2.1

mkdir www && echo text >www/index.txt
node=$(free_port)
cat >server.js <<'J'
import { createServer } from 'node:http'
import send from '@fastify/send'

createServer(async (request, response) => {
  const { statusCode, headers, stream } = await send(request, request.url, { root: process.argv[3] })
  response.writeHead(statusCode, headers)
  stream.pipe(response)
}).listen(Number(process.argv[2]), '127.0.0.1')
J
background node server.js "$node" "$T/www"
until_true listens "$node"
start_nginx "server { listen 127.0.0.1:$(free_port); root $T/www; }"
nginx=$port
conditional() { # PORT HEADER...: the status of a request with the server's own ETag
  local etag port=$1
  shift
  etag=$(curl -s -D - -o /dev/null "http://127.0.0.1:$port/index.txt" | sed -n 's/^etag: //Ip' | tr -d '\r')
  curl -s -o /dev/null -w '%{http_code}' -H "If-None-Match: $etag" "$@" "http://127.0.0.1:$port/index.txt"
}
seen '@fastify/send' 304 "$(conditional "$node")"
seen '@fastify/send, no-cache' 200 "$(conditional "$node" -H 'Cache-Control: no-cache')"
seen '@fastify/send, max-age=0' 304 "$(conditional "$node" -H 'Cache-Control: max-age=0')"
seen nginx 304 "$(conditional "$nginx")"
seen 'nginx, no-cache' 304 "$(conditional "$nginx" -H 'Cache-Control: no-cache')"
seen 'nginx, max-age=0' 304 "$(conditional "$nginx" -H 'Cache-Control: max-age=0')"
the_end
