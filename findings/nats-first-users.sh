#!/bin/bash
# NATS: the first users of an account, with Debian's server and a resolver. Seen with nats-server 2.9.10 (Debian 12).
#
# Guess: an account whose token gives it JetStream has JetStream, whoever comes first.
# Behaviour: the account is read when its first user comes. Users that come at one moment each have it read; JetStream is made
#   ready for the first copy, and it may be another one that stays: requests to JetStream have no responder until the server
#   starts anew, and as long as there is no stream that start is the same lottery. A folder of the account in the store, with
#   any file in it, has the account read before anybody is let in; an empty folder is removed at the start.
# Remedy: put a file there before the first start. nats-server issue 2874 tells of the race.
# Output: of eight first starts with 200 users at once, how many have JetStream: fewer than eight without the file (eight would be
#   luck), all eight with it.
. "$(dirname "$0")/lib/setup.sh"
debian nats-server 2.9.10-1+b3
packages @nats-io/transport-node@3.3.1 @nats-io/jwt@0.0.11 @nats-io/nkeys@2.0.3

cat >try.mjs <<'J'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { connect as plain, createServer } from 'node:net'
import { encodeAccount, encodeOperator, encodeUser } from '@nats-io/jwt'
import { createAccount, createOperator, createUser } from '@nats-io/nkeys'
import { connect, jwtAuthenticator } from '@nats-io/transport-node'

const withFile = process.argv[2] === 'file'
const [operator, system, account] = [createOperator(), createAccount(), createAccount()]
const [all, store] = [{ conn: -1, subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true }, { disk_storage: 1e8, streams: 5, consumer: 5 }]
const tokens = {
  operator: await encodeOperator('o', operator, { system_account: system.getPublicKey() }),
  system: await encodeAccount('SYS', system, { limits: all }, { signer: operator }),
  account: await encodeAccount('a', account, { limits: { ...all, ...store } }, { signer: operator }),
}
const users = await Promise.all(
  Array.from({ length: 200 }, async () => {
    const pair = createUser()
    return { pair, jwt: await encodeUser('u', pair, account) }
  }),
)
const port = await new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => resolve(port))
  })
})

/** A socket that has read the challenge; what it answers is sent when it is told to. */
const knock = ({ pair, jwt }) =>
  new Promise((resolve) => {
    const socket = plain(port, '127.0.0.1')
    socket.on('error', () => resolve(null))
    socket.once('data', (bytes) => {
      const { nonce } = JSON.parse(bytes.toString().slice(5).split('\r\n')[0])
      const sig = Buffer.from(pair.sign(Buffer.from(nonce))).toString('base64url')
      const about = { jwt, sig, verbose: false, protocol: 1, lang: 'x', version: '1', name: 'u' }
      resolve({ socket, answer: () => socket.write(`CONNECT ${JSON.stringify(about)}\r\nPING\r\n`) })
    })
  })

let enabled = 0
for (let start = 0; start < 8; start++) {
  const folder = mkdtempSync('./server-')
  const own = `${folder}/store/jetstream/${account.getPublicKey()}`
  mkdirSync(own, { recursive: true })
  if (withFile) writeFileSync(`${own}/file`, 'x')
  mkdirSync(`${folder}/accounts`)
  writeFileSync(
    `${folder}/conf`,
    `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${folder}/store" }\noperator: ${tokens.operator}\n` +
      `system_account: ${system.getPublicKey()}\nresolver { type: full, dir: "${folder}/accounts" }\n` +
      `resolver_preload { ${system.getPublicKey()}: ${tokens.system}, ${account.getPublicKey()}: ${tokens.account} }\n`,
  )
  const server = spawn('nats-server', ['-c', `${folder}/conf`], { stdio: 'ignore' })
  const ended = new Promise((resolve) => server.once('exit', resolve))
  let first = null
  for (let tried = 0; first === null && tried < 500; tried++) {
    first = await knock(users[0])
    if (first === null) await new Promise((later) => setTimeout(later, 20))
  }
  const others = await Promise.all(users.slice(1).map(knock))
  for (const { answer } of [first, ...others]) answer()
  await new Promise((later) => setTimeout(later, 500))
  const { pair, jwt } = users[0]
  const connection = await connect({ servers: `127.0.0.1:${port}`, authenticator: jwtAuthenticator(jwt, pair.getSeed()) })
  await connection.request('$JS.API.INFO', '', { timeout: 5000 }).then(() => (enabled += 1), () => undefined)
  await connection.close()
  for (const { socket } of [first, ...others]) socket.destroy()
  server.kill('SIGKILL')
  await ended
}
console.log(enabled)
J
seen 'first starts of eight after which JetStream is on, without a file: all' no "$([ "$(node try.mjs none)" = 8 ] && echo yes || echo no)"
seen 'the same with a file in the folder of the account' 8 "$(node try.mjs file)"
the_end
