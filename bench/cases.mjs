import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pairs } from './measure.mjs'
import { indexFile } from './vendor.mjs'

const node = process.execPath
const nothing = { label: 'node -e 0', argv: [node, '-e', '0'] }
const shell = (label, script) => ({ label, argv: ['bash', '-ec', script] })

/** Every case: its name, what it needs besides us, and how it is run. */
export const cases = [
  { name: 'defs --version', run: (bench) => start(bench, ['--version'], 1.3) },
  { name: 'defs --help', run: (bench) => start(bench, ['--help'], 1.3) },
  { name: 'defs status', run: (bench) => start(bench, ['status', ...bench.daily.config], 1.5) },
  { name: 'defs list', run: (bench) => start(bench, ['list', ...bench.daily.config], 1.5) },
  { name: 'defs check, nothing new', needs: ['nginx'], run: check },
  { name: 'cold update over HTTP', needs: ['nginx', 'curl', 'unzip'], run: (bench) => cold(bench, 'http') },
  { name: 'cold update over FTP', needs: ['vsftpd', 'curl', 'unzip'], run: (bench) => cold(bench, 'ftp') },
  { name: 'cold update, large set', needs: ['nginx'], run: large },
  { name: 'defs verify', needs: ['openssl'], run: verify },
  { name: 'list, 90 sets', run: (bench) => start(bench, ['list', ...bench.crowded.config], 1.5) },
  { name: 'status, 90 sets', run: (bench) => start(bench, ['status', ...bench.crowded.config], 1.5) },
  {
    name: 'report, 100,000 events',
    command: 'report',
    run: (bench) => start(bench, ['report', ...bench.crowded.config], 4),
  },
]

function start(bench, args, bar) {
  const ours = { argv: [node, bench.program, ...args], allowed: [0, 9] }
  return pairs({ name: `defs ${args[0]}`, bar, ours, peer: nothing, rounds: bench.rounds * 3 })
}

async function check(bench) {
  const url = `${bench.daily.http}${indexFile}`
  const script = `const { get } = require('node:http')
get(process.argv[1], { headers: { 'if-none-match': process.argv[2] } }, (answer) => answer.resume())`
  const { headers } = await fetch(url, { method: 'HEAD' })
  const peer = { label: 'node:http, conditional GET', argv: [node, '-e', script, url, headers.get('etag')] }
  const ours = {
    argv: [node, bench.program, 'check', ...bench.daily.config],
    before: () => bench.nginx.traffic(),
    after: () => bench.nginx.traffic(),
  }
  return pairs({ name: 'check', bar: 1.8, ours, peer, rounds: bench.rounds * 3 })
}

function cold(bench, way) {
  const got = join(bench.root, 'got')
  const url = `${bench.daily[way]}${bench.daily.package}`
  const script = `cd '${got}'; curl -sSf -o p.zip '${url}'; sha256sum p.zip >sum; unzip -q p.zip -d set; sync`
  const peer = {
    ...shell(`curl ${way} + sha256sum + unzip + sync`, script),
    before() {
      rmSync(got, { recursive: true, force: true })
      mkdirSync(got)
    },
    after: () => void rmSync(got, { recursive: true }),
  }
  return pairs({ name: way, bar: 0.6, ours: update(bench, bench.daily, way), peer, rounds: bench.rounds })
}

// The bar is the memory: no more than with the smaller set.
function large(bench) {
  return pairs({
    name: 'large',
    bar: 200,
    unit: 'MiB',
    ours: update(bench, bench.large, 'http'),
    peer: null,
    rounds: 1,
  })
}

function update(bench, vendor, way) {
  return {
    argv: [node, bench.program, 'update', '--source', way, ...vendor.config],
    before() {
      rmSync(vendor.store, { recursive: true, force: true })
      bench.nginx?.traffic()
    },
    after: () => (way === 'http' ? bench.nginx?.traffic() : null),
  }
}

function verify(bench) {
  const sets = join(bench.daily.store, 'VirusDefs')
  const set = readdirSync(sets).find((name) => /^\d{8}\.\d{3}$/.test(name))
  const peer = shell('openssl dgst -sha256', `openssl dgst -sha256 '${join(sets, set ?? '')}'/* >/dev/null`)
  const ours = { argv: [node, bench.program, 'verify', ...bench.daily.config] }
  return pairs({ name: 'verify', bar: 2.2, ours, peer, rounds: bench.rounds })
}

/** A store as it looks after years: many sets, a long journal. Nothing in it is proved; it is only looked at. */
export function writeCrowdedStore(store, sets, events) {
  const name = (index) =>
    `2026${String(1 + (index % 12)).padStart(2, '0')}${String(1 + (index % 28)).padStart(2, '0')}.${String(index + 1).padStart(3, '0')}`
  const folder = join(store, 'VirusDefs')
  for (let index = 0; index < sets; index++) {
    mkdirSync(join(folder, name(index)), { recursive: true })
    for (const file of ['VIRSCAN1.DAT', 'VIRSCAN2.DAT', 'v.grd', 'v.sig', 'zdone.dat'])
      writeFileSync(join(folder, name(index), file), file)
  }
  writeFileSync(
    join(folder, 'definfo.dat'),
    `[DefDates]\r\nCurDefs=${name(sets - 1)}\r\nLastDefs=${name(sets - 2)}\r\n`,
  )
  mkdirSync(join(store, 'state'), { recursive: true, mode: 0o700 })
  const lines = Array.from({ length: events }, (_, index) =>
    JSON.stringify({
      time: new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString(),
      id: 30,
      name: 'definitions.updated',
      level: 'information',
      message: 'Virus Definitions Update was successful',
      set: name(index % sets),
      path: join(folder, name(index % sets)),
      source: 'http',
      errorCode: null,
    }),
  )
  writeFileSync(join(store, 'state', 'events.jsonl'), `${lines.join('\n')}\n`)
}
