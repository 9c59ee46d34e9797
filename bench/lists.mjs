import { spawn } from 'node:child_process'
import { createCipheriv } from 'node:crypto'
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { connect } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { once, pairs } from './measure.mjs'
import { stop, withSbin } from './vendor.mjs'

const count = 2_000_000
const listName = 'big.hsb'
const longest = 120_000

/**
 * A list of 2 million hashes of a third party: fetched, loaded by an engine that nobody scans with, and in use by a clamd,
 * which both are waited for. The peer is freshclam as ClamAV ships it, with DatabaseCustomURL, TestDatabases and NotifyClamd,
 * the same list on the same server, and a clamd of its own with the same configuration.
 */
export const lists = [
  {
    name: 'update, a list of 2 million hashes in use by clamd',
    needs: ['nginx', 'clamd', 'clamscan', 'freshclam'],
    run: compare,
  },
]

// A source has a signed database besides; genuine ones are not ours to give away, so they are taken where they lie.
const vectors = join(
  process.env.DEFS_VECTORS ?? join(import.meta.dirname, '..', '..', 'shared', 'vectors'),
  'clamav',
)

async function compare(bench) {
  if (!existsSync(vectors)) return { skipped: `no databases signed by ClamAV in ${vectors} (DEFS_VECTORS)` }
  const root = join(bench.root, 'lists')
  const served = join(bench.root, 'www', 'lists')
  for (const folder of [root, served]) mkdirSync(folder)
  for (const [from, to] of [
    ['test-1.cvd', 'daily.cvd'],
    ['test-1.cvd.sign', 'daily-1.cvd.sign'],
  ])
    cpSync(join(vectors, from), join(served, to))
  const days = ['monday', 'tuesday'].map((day, index) => writeList(join(root, day), index))
  // Each run finds the other day's list there.
  let turn = 0
  const publish = () => {
    turn += 1
    const aside = join(served, 'aside')
    cpSync(days[Math.floor(turn / 2) % 2], aside)
    renameSync(aside, join(served, listName))
  }
  const clamds = []
  const engine = async (name, databases) => {
    const clamd = await startClamd(join(root, name), databases)
    clamds.push(clamd.child)
    return clamd
  }
  try {
    publish()
    const url = `http://127.0.0.1:${bench.nginx.port}/lists/`
    const ours = await oursAt(bench, root, url, engine)
    const peer = await freshclamAt(root, url, engine)
    return await pairs({
      bar: { of: 'ratio', most: 1 },
      ours: { ...ours, before: publish },
      peer: { ...peer, before: publish },
      rounds: Math.min(3, bench.rounds),
      warm: 0,
    })
  } finally {
    for (const child of clamds) await stop(child)
  }
}

/** A list of which half a per cent differs from day to day. */
function writeList(path, day) {
  const file = openSync(path, 'w')
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 5), Buffer.alloc(16))
  const fresh = createCipheriv('aes-128-ctr', Buffer.alloc(16, 6 + day), Buffer.alloc(16))
  const block = 10_000
  for (let at = 0; at < count; at += block) {
    const [usual, changed] = [noise, fresh].map((cipher) =>
      cipher.update(Buffer.alloc(block * 32)).toString('hex'),
    )
    let text = ''
    for (let index = 0; index < block; index++) {
      const hex = index % 200 === 0 ? changed : usual
      text += `${hex.slice(index * 64, index * 64 + 64)}:${1000 + index}:Third.Party-${at + index}:73\n`
    }
    writeSync(file, text)
  }
  closeSync(file)
  return path
}

async function oursAt(bench, root, url, engine) {
  const store = join(root, 'store')
  const file = join(root, 'defs.yaml')
  const write = (scanner) =>
    writeFileSync(
      file,
      `store: { root: '${store}' }
maxAge: 36500d
sources:
  lists:
    kind: clamav
    hosts: ['${url}']
    databases: [daily]
    custom: [${listName}]
    allowUnsigned: true
    certificates: ['${join(vectors, 'clamav-TEST-root.crt')}']
gate: { engine: clamscan }
scanner: ${scanner}
`,
    )
  const argv = [process.execPath, bench.program, 'update', '--config', file]
  write('{ kind: direct }')
  await once(argv)
  const { socket } = await engine('clamd-ours', join(store, 'VirusDefs', 'current'))
  write(`{ kind: clamd, socket: '${socket}', timeout: 120s }`)
  return { argv }
}

async function freshclamAt(root, url, engine) {
  const databases = join(root, 'freshclam')
  mkdirSync(databases)
  const file = join(root, 'freshclam.conf')
  const write = (more) =>
    writeFileSync(
      file,
      `DatabaseDirectory ${databases}
UpdateLogFile ${join(root, 'freshclam.log')}
DatabaseMirror ${url}
DatabaseCustomURL ${url}${listName}
DatabaseOwner ${userInfo().username}
TestDatabases yes
DNSDatabaseInfo no
${more}`,
    )
  const update = ['freshclam', `--config-file=${file}`, '--update-db=custom']
  write('')
  await once(update, { env: withSbin() })
  const { configuration, log } = await engine('clamd-freshclam', databases)
  write(`NotifyClamd ${configuration}\n`)
  const loads = `$(grep -c "correctly reloaded" "${log}" || true)`
  const waiting = `timeout 120 bash -c 'until [ ${loads} -gt '"$before"' ]; do sleep 0.05; done'`
  const script = `before=${loads}; ${update.map((one) => `'${one}'`).join(' ')}; ${waiting}`
  return { label: 'freshclam + wait for clamd', argv: ['bash', '-ec', script], env: withSbin() }
}

/** A clamd of our own, once it answers. */
async function startClamd(folder, databases) {
  mkdirSync(folder)
  const at = (name) => join(folder, name)
  const [socket, configuration, log] = [at('clamd.sock'), at('clamd.conf'), at('clamd.log')]
  writeFileSync(
    configuration,
    `LocalSocket ${socket}
DatabaseDirectory ${databases}
LogFile ${log}
PidFile ${at('clamd.pid')}
TemporaryDirectory ${folder}
Foreground yes
SelfCheck 0
IdleTimeout 1
User ${userInfo().username}
`,
  )
  const child = spawn('clamd', ['--config-file', configuration], { stdio: 'ignore', env: withSbin() })
  const end = performance.now() + longest
  while (!(await answers(socket))) {
    if (child.exitCode !== null || performance.now() > end) {
      await stop(child)
      throw new Error(`clamd does not start: ${existsSync(log) ? readFileSync(log, 'utf8') : ''}`)
    }
    await wait(100)
  }
  return { child, socket, configuration, log }
}

function answers(path) {
  return new Promise((resolve) => {
    const socket = connect(path, () => socket.end('PING\n'))
    socket.on('data', (text) => resolve(String(text).startsWith('PONG')))
    socket.on('error', () => resolve(false)).on('close', () => resolve(false))
  })
}
