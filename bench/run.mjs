import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { cases, writeCrowdedStore } from './cases.mjs'
import { writeCorpus } from './corpus.mjs'
import { once } from './measure.mjs'
import { table } from './report.mjs'
import { makeAuthority, publish, startNginx, startVsftpd, withSbin } from './vendor.mjs'

const { values: options } = parseArgs({
  options: {
    /** MB of the usual and of the large set. */
    size: { type: 'string', default: '250' },
    large: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '5' },
    /** Part of the names of the cases to run. */
    only: { type: 'string', default: '' },
    /** Keeps the table in RESULTS.md. */
    keep: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})

const here = dirname(fileURLToPath(import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'defs-bench-'))
const bench = { root, rounds: Number(options.rounds), program: join(here, '..', 'bin', 'defs.js') }
const chosen = cases.filter(({ name }) => name.includes(options.only))
const has = (program) => spawnSync('which', [program], { env: withSbin() }).status === 0
const say = (text) => process.stderr.write(`${text}\n`)

const rows = []
try {
  await prepare()
  for (const { name, needs = [], command, run } of chosen) {
    const missing =
      needs.find((program) => !has(program)) ?? (command && !knows(command) ? `defs ${command}` : undefined)
    say(missing ? `${name}: skipped` : name)
    rows.push(missing ? { name, skipped: `${missing} is not here` } : { ...(await run(bench)), name })
  }
} finally {
  await bench.nginx?.stop()
  await bench.vsftpd?.stop()
  rmSync(root, { recursive: true, force: true })
}

const result = {
  measuredAt: new Date().toISOString(),
  machine: machine(),
  sizeMB: Number(options.size),
  rows,
}
process.stdout.write(`${table(rows)}\n${JSON.stringify(result)}\n`)
if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`)
if (options.keep) writeFileSync(join(here, 'RESULTS.md'), results())

async function prepare() {
  const authority = join(root, 'authority')
  const anchor = makeAuthority(authority)
  const www = join(root, 'www')
  const served = { daily: Number(options.size), large: Number(options.large) }
  if (!chosen.some(({ name }) => name.includes('large'))) delete served.large
  mkdirSync(www)
  for (const [name, size] of Object.entries(served)) {
    say(`making the ${name} set of ${size} MB`)
    const folder = join(root, 'set')
    const names = writeCorpus(folder, size * 1e6, 7)
    const file = await publish({ folder, names, set: '20261120.001', tree: join(www, name), authority })
    bench[name] = { package: basename(file) }
    rmSync(folder, { recursive: true })
  }
  if (has('nginx')) bench.nginx = await startNginx(www, mkdtempSync(join(root, 'nginx-')))
  if (has('vsftpd')) bench.vsftpd = await startVsftpd(www, mkdtempSync(join(root, 'vsftpd-')))
  for (const name of Object.keys(served)) configure(name, anchor)
  if (!bench.nginx && !bench.vsftpd) throw new Error('neither nginx nor vsftpd is here')
  const source = bench.nginx ? 'http' : 'ftp'
  await once([process.execPath, bench.program, 'update', '--source', source, ...bench.daily.config])
  const store = join(root, 'store-crowded')
  writeCrowdedStore(store, 90, 100_000)
  bench.crowded = { store, config: writeConfig('crowded', store, anchor, {}) }
}

function configure(name, anchor) {
  const store = join(root, `store-${name}`)
  const http = `http://127.0.0.1:${bench.nginx?.port ?? 1}/${name}/`
  const ftp = `ftp://127.0.0.1:${bench.vsftpd?.port ?? 1}/${name}/`
  bench[name] = { ...bench[name], store, http, ftp, config: writeConfig(name, store, anchor, { http, ftp }) }
}

function writeConfig(name, store, anchor, { http = 'http://127.0.0.1:1/', ftp = 'ftp://127.0.0.1:1/' }) {
  const file = join(root, `${name}.yaml`)
  writeFileSync(
    file,
    `store: { root: '${store}' }
trust: { anchors: ['${anchor}'] }
default: http
sources:
  http: { kind: liveupdate, hosts: ['${http}'] }
  ftp: { kind: liveupdate, hosts: ['${ftp}'] }
`,
  )
  return ['--config', file]
}

function knows(command) {
  const help = execFileSync(process.execPath, [bench.program, '--help'], { encoding: 'utf8' })
  return new RegExp(`^ +${command}\\b`, 'm').test(help)
}

function machine() {
  const first = (program, args) => spawnSync(program, args, { encoding: 'utf8', env: withSbin() })
  const lines = Object.entries({
    curl: ['--version'],
    nginx: ['-v'],
    openssl: ['version'],
    unzip: ['-v'],
  }).map(([program, args]) => {
    const { stdout, stderr } = first(program, args)
    return `${stdout ?? ''}${stderr ?? ''}`.split('\n')[0]?.slice(0, 60) || `${program}: not here`
  })
  const cpu = cpus()
  return {
    cpu: `${cpu.length} x ${cpu[0]?.model ?? 'unknown'}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    peers: lines,
  }
}

function results() {
  const { cpu, memoryGiB, node, system, peers } = result.machine
  const notes = readFileSync(join(here, 'NOTES.md'), 'utf8')
  return `# Last results

Measured ${result.measuredAt} with a set of ${result.sizeMB} MB (large: ${options.large} MB), ${bench.rounds} rounds (start-up: ${bench.rounds * 3}).
Medians; the ratio is that of the pairs. ${cpu}, ${memoryGiB} GiB, ${system}, Node ${node}.
${peers.map((line) => `- ${line}\n`).join('')}
${table(rows)}
${notes}`
}
