import { createServer } from 'node:http'

// The floor of a conditional GET of `defs serve`: Node.js says that nothing has changed, whatever is asked, and looks at
// no file. node bench/floor-serve.mjs
const headers = { etag: 'W/"1-19a2b3c4d5e"', 'cache-control': 'no-cache' }
const server = createServer({ keepAliveTimeout: 30_000 }, (_, answer) => answer.writeHead(304, headers).end())
server.listen(0, '127.0.0.1', () => process.stderr.write(`http://127.0.0.1:${server.address().port}\n`))
