#!/bin/bash
# @fastify/send: resuming with If-Range. Seen with @fastify/send 4.2.1.
#
# Guess: its ETags are weak (W/"size-time"), and RFC 9110 13.1.5 forbids a weak one in If-Range, so the whole file comes
#   (200).
# Behaviour: 206: the weak ETag is taken for the same bytes. The time in it has milliseconds, so what can be mixed up is
#   less than with nginx (files of one size and one time, as trees with reproducible times have), but the resumed file
#   needs a digest all the same. A Range it cannot read (`bytes=x`) is 416 where RFC 9110 14.2 has it ignored, and a
#   Range of an empty file is 416 where nginx says 200.
# Output: 206 with the second half of the other file, 416, 416.
. "$(dirname "$0")/lib/setup.sh"
packages @fastify/send@4.2.1

mkdir www && : >www/empty.txt
port=$(free_port)
cat >server.js <<'J'
import { createServer } from 'node:http'
import send from '@fastify/send'

createServer(async (request, response) => {
  const { statusCode, headers, stream } = await send(request, request.url, { root: process.argv[3] })
  response.writeHead(statusCode, headers)
  stream.pipe(response)
}).listen(Number(process.argv[2]), '127.0.0.1')
J
background node server.js "$port" "$T/www"
until_true listens "$port"
place() { printf '%s' "$1" >www/new && touch -d '2026-01-01 00:00:00Z' www/new && mv www/new www/index.txt; }
get() { curl -s -D head -o body -w '%{http_code}' "${@:2}" "http://127.0.0.1:$port/$1"; }
place 'version 1'
seen 'first' 200 "$(get index.txt)"
etag=$(sed -n 's/^etag: //Ip' head | tr -d '\r')
seen 'its ETag is' weak "$(case $etag in W/*) echo weak ;; *) echo strong ;; esac)"
place 'VERSION 2'
seen 'the rest of other content, with If-Range' '206 ION 2' "$(get index.txt -H 'Range: bytes=4-' -H "If-Range: $etag") $(cat body)"
seen 'a Range that is none' 416 "$(get index.txt -H 'Range: bytes=x')"
seen 'a Range of an empty file' 416 "$(get empty.txt -H 'Range: bytes=0-')"
the_end
