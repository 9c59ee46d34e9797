#!/bin/bash
# undici's interceptor `retry`: an answer that breaks off while the file is replaced. Seen with undici 7.30.2, Node.js 20.
#
# Guess: it goes on within a body only where a strong ETag proves that it is the same file, and else fails or begins anew.
# Behaviour: with a strong ETag it asks with If-Match, and another version is an error. Where the server has a weak ETag, or
#   Last-Modified alone, it asks for the rest without any condition and compares nothing: the body that the caller reads to its
#   end is half of one version and half of another, status 200, under the headers of the first.
# Output: an error; twice a body of A and B.
. "$(dirname "$0")/lib/setup.sh"
packages undici@7.30.2

cat >server.js <<'J'
import { createServer } from 'node:http'

// The first answer to an address is half of version A, all others are version B, with the validators that the address names.
const known = new Set()
createServer(({ url, headers }, answer) => {
  const letter = known.has(url) ? 'B' : 'A'
  known.add(url)
  const tag = url === '/strong' ? `"${letter}"` : url === '/weak' ? `W/"${letter}"` : null
  if (tag) answer.setHeader('ETag', tag)
  answer.setHeader('Last-Modified', `Thu, ${letter === 'A' ? '05' : '12'} Nov 2026 10:00:00 GMT`)
  if (headers['if-match'] && headers['if-match'] !== tag) return answer.writeHead(412).end()
  const begin = Number(headers.range?.match(/\d+/)[0] ?? 0)
  answer.setHeader('Content-Length', 2000 - begin)
  if (begin) answer.setHeader('Content-Range', `bytes ${begin}-1999/2000`)
  answer.writeHead(begin ? 206 : 200)
  if (letter === 'B') return answer.end('B'.repeat(2000 - begin))
  answer.write('A'.repeat(1000))
  setTimeout(() => answer.destroy(), 200)
}).listen(Number(process.argv[2]), '127.0.0.1')
J
cat >client.js <<'J'
import { Agent, interceptors, request } from 'undici'

const dispatcher = new Agent().compose(interceptors.retry({ maxRetries: 3, minTimeout: 100 }))
try {
  const answer = await request(`http://127.0.0.1:${process.argv[2]}/${process.argv[3]}`, { dispatcher })
  const text = await answer.body.text()
  console.log(answer.statusCode, [...new Set(text)].join('+'), text.length)
} catch (error) {
  console.log(error.code)
}
process.exit()
J
port=$(free_port)
background node server.js "$port"
until_true listens "$port"
seen 'a strong ETag' UND_ERR_REQ_RETRY "$(node client.js "$port" strong)"
seen 'a weak ETag: status, versions, size' '200 A+B 2000' "$(node client.js "$port" weak)"
seen 'Last-Modified alone' '200 A+B 2000' "$(node client.js "$port" time)"
the_end
