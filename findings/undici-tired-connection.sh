#!/bin/bash
# undici: a GET on a connection that the server closes at that moment. Seen with undici 7.30.2, Node.js 20.
#
# Guess: a GET without a body on a kept connection that turns out to be closed is sent again on a new one, as browsers
#   and curl do (RFC 9110 9.2.2, RFC 9112 9.3.1).
# Behaviour: it fails with UND_ERR_SOCKET "other side closed", though the server has not begun an answer. A run that
#   pauses between two requests (unpacking what it fetched) meets it whenever the server's keep-alive time ends just
#   then. The caller has to try again when the connection had served before.
# Output: 200, then UND_ERR_SOCKET; curl with the same server: 200 200.
. "$(dirname "$0")/lib/setup.sh"
packages undici@7.30.2
command -v curl >/dev/null || absent curl

cat >server.js <<'J'
import { createServer } from 'node:net'

// Each connection is served once and closed when the next request comes in.
createServer((socket) => {
  let served = false
  socket.on('error', () => {})
  socket.on('data', () => {
    if (served) return socket.destroy()
    served = true
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  })
}).listen(Number(process.argv[2]), '127.0.0.1')
J
cat >client.js <<'J'
import { Agent, request } from 'undici'

const dispatcher = new Agent({ connections: 1 })
for (let i = 0; i < 2; i++)
  try {
    const answer = await request(`http://127.0.0.1:${process.argv[2]}/`, { dispatcher })
    await answer.body.text()
    console.log(answer.statusCode)
  } catch (error) {
    console.log(error.code)
  }
await dispatcher.close()
J
port=$(free_port)
background node server.js "$port"
until_true listens "$port"
seen 'undici, two requests' '200 UND_ERR_SOCKET' "$(node client.js "$port" | paste -sd' ')"
seen 'curl, two requests' '200 200' "$(curl -s -o /dev/null -o /dev/null -w '%{http_code}\n' "http://127.0.0.1:$port/" "http://127.0.0.1:$port/" | paste -sd' ')"
the_end
