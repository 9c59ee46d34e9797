import { execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { rates } from './measure.mjs'
import { stop, withSbin } from './vendor.mjs'

const floor = fileURLToPath(new URL('floor-serve.mjs', import.meta.url))
const indexFile = 'production/minitri.flg'
const seconds = 4

/** The internal server against nginx with one worker, which as we do uses one core: 50 clients, all from one wrk. */
export const serving = [
  {
    name: 'defs serve, full package, 50 clients',
    needs: ['wrk', 'nginx'],
    uses: ['works'],
    run: (bench) => load(bench, { path: fullPackage(bench), unit: 'MB/s', least: 0.8, rounds: 3 }),
  },
  {
    name: 'defs serve, conditional GET, 50 clients',
    needs: ['wrk', 'nginx'],
    uses: ['works'],
    run: (bench) => load(bench, { path: indexFile, unit: 'requests/s', least: 0.7, rounds: 3 }),
  },
  {
    name: 'floor of a conditional GET, 50 clients',
    needs: ['wrk', 'nginx'],
    uses: ['works'],
    run: (bench) => load(bench, { path: indexFile, unit: 'requests/s', rounds: 3, argv: [floor] }),
  },
]

function fullPackage({ works: { works } }) {
  const { name } = works.packages().find(({ name: file }) => !file.includes('-from-'))
  return join('production', name)
}

async function load(bench, { path, unit, least, rounds, argv }) {
  const { works, http } = bench.works
  const server = argv ? await startServer(argv) : await startServe(bench.program, works)
  const from = (url) => ({
    async measure() {
      const { headers } = await fetch(url, { method: 'HEAD' })
      const condition = unit === 'requests/s' ? ['-H', `if-none-match: ${headers.get('etag')}`] : []
      return rateOf(url, condition, unit)
    },
  })
  try {
    const peer = { label: 'nginx, one worker', ...from(`${http}${path}`) }
    return await rates({
      bar: least === undefined ? null : { of: 'ratio', least },
      unit,
      ours: from(`${server.url}/${path}`),
      peer,
      rounds,
    })
  } finally {
    await stop(server.child)
  }
}

const factors = { K: 1e-3 * 1.024, M: 1.048576, G: 1073.741824 }

/** What wrk says: `Requests/sec: 1234.5` and `Transfer/sec: 1.23GB`. */
async function rateOf(url, condition, unit) {
  const args = ['-t', '2', '-c', '50', '-d', `${seconds}s`, '--timeout', '30s', ...condition, url]
  const { stdout } = await promisify(execFile)('wrk', args, { env: withSbin() })
  if (unit === 'requests/s') return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1])
  const [, number, prefix] = /Transfer\/sec:\s+([\d.]+)([KMG])B/.exec(stdout)
  return Number(number) * factors[prefix]
}

/** Starts the internal server on a free port. */
export function startServe(program, works) {
  return startServer([program, 'serve', '--port', '0', ...works.config])
}

/** Starts a server by Node.js that says where it listens. */
async function startServer(argv) {
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] })
  const url = await new Promise((resolve, reject) => {
    let said = ''
    child.stderr.on('data', (text) => {
      said += text
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said)
      if (found) resolve(found[0])
    })
    child.once('exit', () => reject(new Error(`${argv[0]} ended at once\n${said}`)))
  })
  return { child, url }
}
