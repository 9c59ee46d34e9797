import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { once, pairs } from './measure.mjs'
import { indexFile } from './vendor.mjs'
import { days } from './works.mjs'

const node = process.execPath
const shell = (label, script) => ({ label, argv: ['bash', '-ec', script] })

/** The same work with few files and with many: what grows shows in the table. */
const sizes = [
  { key: 'few', files: '30' },
  { key: 'many', files: '3,000' },
]

/** Asking, fetching, proving and going back. */
export const updating = [
  { name: 'defs check, nothing new', needs: ['nginx'], uses: ['daily'], run: check },
  { name: 'defs check, nothing new, with TUF', needs: ['nginx'], uses: ['works'], run: checkTuf },
  { name: 'defs update, nothing new', needs: ['nginx'], uses: ['daily'], run: updateNothing },
  {
    name: 'cold update over HTTP',
    needs: ['nginx', 'curl', 'unzip'],
    uses: ['daily'],
    run: (bench) => cold(bench, 'http'),
  },
  {
    name: 'cold update over FTP',
    needs: ['vsftpd', 'curl', 'unzip'],
    uses: ['daily'],
    run: (bench) => cold(bench, 'ftp'),
  },
  { name: 'cold update, large set', needs: ['nginx'], uses: ['large'], run: large },
  { name: 'incremental update', needs: ['nginx', 'curl', 'unzip'], uses: ['works'], run: incremental },
  { name: 'defs verify', needs: ['openssl'], uses: ['daily'], run: verify },
  ...sizes.flatMap(({ key, files }) => [
    {
      name: `cold update, ${files} files`,
      needs: ['nginx', 'curl', 'unzip'],
      uses: [key],
      run: (bench) => coldOf(bench, key),
    },
    {
      name: `incremental update, ${files} files`,
      needs: ['nginx', 'curl', 'unzip'],
      uses: [key],
      run: (bench) => incremental(bench, key, null),
    },
    {
      name: `defs verify, ${files} files`,
      needs: ['nginx', 'openssl'],
      uses: [key],
      run: (bench) => verifyOf(bench, bench[key].client, null),
    },
  ]),
  {
    name: 'cold update, the bare work',
    needs: ['nginx', 'curl', 'unzip'],
    uses: ['daily'],
    run: (bench) => floor(bench, 'http'),
  },
  {
    name: 'cold update over FTP, the bare work',
    needs: ['vsftpd', 'curl', 'unzip'],
    uses: ['daily'],
    run: (bench) => floor(bench, 'ftp'),
  },
  {
    name: 'incremental update, the bare work',
    needs: ['nginx', 'curl', 'unzip'],
    uses: ['works'],
    run: incrementalFloor,
  },
  { name: 'verify, the bare work', needs: ['openssl'], uses: ['daily'], run: verifyFloor },
  { name: 'defs rollback', needs: ['nginx'], uses: ['works'], run: rollback },
]

function check({ daily, ...bench }) {
  return unchanged(bench, daily.config, `${daily.http}${indexFile}`)
}

/** What most runs of a schedule are: the current set is proved, and there is none newer. */
async function updateNothing({ program, nginx, rounds, daily: { config } }) {
  const defs = (command) => [node, program, command, ...config]
  await once(defs('update'))
  const ours = { argv: defs('update'), before: () => void nginx.traffic(), after: () => nginx.traffic() }
  const peer = { label: 'defs verify', argv: defs('verify') }
  return pairs({ bar: null, ours, peer, rounds })
}

/** A client of an internal server that has what it offers; without traffic of its own the peer asks for the same file. */
async function checkTuf(bench) {
  const { http, works, client } = bench.works
  const file = join(bench.root, 'tuf.yaml')
  const store = `${client.store}-tuf`
  const plain = readFileSync(client.config[1], 'utf8').replaceAll(client.store, store)
  writeFileSync(file, plain.replace(/^trust: \{/m, `trust: { tufRoot: '${works.tufRoot}',`))
  await once([node, bench.program, 'update', '--config', file])
  return unchanged(bench, ['--config', file], `${http}metadata/timestamp.json`)
}

async function unchanged({ program, nginx, rounds }, config, url) {
  const script = `const { get } = require('node:http')
get(process.argv[1], { headers: { 'if-none-match': process.argv[2] } }, (answer) => answer.resume())`
  const { headers } = await fetch(url, { method: 'HEAD' })
  const peer = { label: 'node:http, conditional GET', argv: [node, '-e', script, url, headers.get('etag')] }
  const ours = {
    argv: [node, program, 'check', ...config],
    before: () => void nginx.traffic(),
    after: () => nginx.traffic(),
  }
  return pairs({ bar: { of: 'ratio', most: 1.6 }, ours, peer, rounds: rounds * 3 })
}

function cold(bench, way) {
  return pairs({
    bar: { of: 'ratio', most: 0.42 },
    ours: update(bench, bench.daily, way),
    peer: coldByHand(bench, way),
    rounds: bench.rounds,
  })
}

function coldByHand(bench, way) {
  const url = `${bench.daily[way]}${bench.daily.package}`
  return inFolder(bench, `curl ${way} + sha256sum + unzip + sync`, [
    `curl -sSf -o p.zip '${url}'`,
    'sha256sum p.zip >sum',
    'unzip -q p.zip -d set',
    'sync',
  ])
}

/** What no program for Node.js can leave out, against the same peer: the floor of the cold update. */
function floor(bench, way) {
  const { [way]: address, package: name } = bench.daily
  const got = join(bench.root, 'bare')
  const ours = {
    argv: [node, join(import.meta.dirname, 'floor.mjs'), `${address}${name}`, got],
    before() {
      rmSync(got, { recursive: true, force: true })
      mkdirSync(got)
    },
  }
  return pairs({ bar: null, ours, peer: coldByHand(bench, way), rounds: bench.rounds })
}

/** The same for the incremental update. */
function incrementalFloor(bench) {
  const { http, works, client } = bench.works
  const base = setIn(client.first)
  const step = works.packages().find(({ name }) => name.includes('-from-'))
  const got = join(bench.root, 'bare')
  const ours = {
    argv: [
      node,
      join(import.meta.dirname, 'floor-incremental.mjs'),
      `${http}production/${step.name}`,
      base,
      got,
    ],
    before() {
      rmSync(got, { recursive: true, force: true })
      mkdirSync(got)
    },
  }
  return pairs({ bar: null, ours, peer: byHand(bench, 'works'), rounds: bench.rounds })
}

/** What an administrator would write, run in a folder that is empty each time. */
function inFolder(bench, label, steps) {
  const got = join(bench.root, 'got')
  return {
    ...shell(label, [`cd '${got}'`, ...steps].join('; ')),
    before() {
      rmSync(got, { recursive: true, force: true })
      mkdirSync(got)
    },
    after: () => void rmSync(got, { recursive: true }),
  }
}

// The bar is the memory: no more than with the smaller set.
function large(bench) {
  const ours = update(bench, bench.large, 'http')
  return pairs({ bar: { of: 'peak', most: 200, unit: 'MiB' }, ours, peer: null, rounds: 1, warm: 0 })
}

function update(bench, vendor, way) {
  return {
    argv: [node, bench.program, 'update', '--source', way, ...vendor.config],
    before() {
      rmSync(vendor.store, { recursive: true, force: true })
      bench.nginx?.traffic()
    },
    after: () => (way === 'http' ? bench.nginx.traffic() : null),
  }
}

// The set of a publisher of our own, with TUF; the next day is what it offers.
function coldOf(bench, key) {
  const { client } = bench[key]
  const ours = {
    argv: [node, bench.program, 'update', ...client.config],
    before() {
      rmSync(client.store, { recursive: true, force: true })
      bench.nginx.traffic()
    },
    after: () => bench.nginx.traffic(),
  }
  return pairs({ bar: null, ours, peer: byHand(bench, key), rounds: bench.rounds })
}

/** The full package of the second day, as an administrator would take it. */
function byHand(bench, key) {
  const { http, works } = bench[key]
  const full = works.packages().find(({ name }) => name.startsWith('20261121-001-') && !name.includes('from'))
  return inFolder(bench, 'curl + sha256sum + unzip + sha256sum of each file + sync', [
    `curl -sSf -o p.zip '${http}production/${full.name}'`,
    'sha256sum p.zip >sum',
    'unzip -q p.zip -d set',
    'sha256sum set/* >sums',
    'sync',
  ])
}

function incremental(bench, key = 'works', bar = { of: 'ratio', most: 0.17 }) {
  const { client } = bench[key]
  const ours = {
    argv: [node, bench.program, 'update', ...client.config],
    async before() {
      rmSync(client.store, { recursive: true, force: true })
      cpSync(client.first, client.store, { recursive: true, verbatimSymlinks: true })
      // What was just copied must not be flushed on our time.
      await once(['sync'])
      bench.nginx.traffic()
    },
    after: () => bench.nginx.traffic(),
  }
  return pairs({ bar, ours, peer: byHand(bench, key), rounds: bench.rounds })
}

function verify(bench) {
  return verifyOf(bench, bench.daily, { of: 'ratio', most: 1.25 })
}

function verifyOf(bench, { store, config }, bar) {
  const ours = { argv: [node, bench.program, 'verify', ...config] }
  return pairs({ bar, ours, peer: hashing(setIn(store)), rounds: bench.rounds })
}

function verifyFloor({ daily, rounds }) {
  const set = setIn(daily.store)
  const ours = { argv: [node, fileURLToPath(new URL('floor-verify.mjs', import.meta.url)), set] }
  return pairs({ bar: null, ours, peer: hashing(set), rounds })
}

const hashing = (set) => shell('openssl dgst -sha256', `openssl dgst -sha256 '${set}'/* >/dev/null`)

/** The folder of the only set in a store. */
function setIn(store) {
  const sets = join(store, 'VirusDefs')
  return join(sets, readdirSync(sets).find((name) => /^\d{8}\.\d{3}$/.test(name)) ?? '')
}

// Start-up and the proof of the target are in both; what is more is the going back.
async function rollback(bench) {
  const { client } = bench.works
  await once([node, bench.program, 'update', ...client.config])
  let [target, other] = days
  const ours = {
    argv: () => [node, bench.program, 'rollback', target, '--reason', 'bench', ...client.config],
    before() {},
  }
  const peer = {
    label: 'defs verify of its target',
    argv: () => [node, bench.program, 'verify', target, ...client.config],
    after() {
      ;[target, other] = [other, target]
    },
  }
  return pairs({ bar: { of: 'difference', most: 50, unit: 'ms more' }, ours, peer, rounds: bench.rounds * 2 })
}
