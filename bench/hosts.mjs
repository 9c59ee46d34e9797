import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { median } from './measure.mjs'
import { startServe } from './serving.mjs'
import { stop } from './vendor.mjs'

const longest = 120_000

/**
 * Many hosts that ask the internal server in the same second, each from an address of its own, when a new set is out: the
 * index, then the package that leads to the new set from the one they have. How long until the last one has it, and that
 * none had to wait for the others: the last is not much later than the one in the middle.
 */
export const hosts = [50, 1000].map((count) => ({
  name: `defs serve, ${count} hosts at once, incremental package`,
  needs: ['nginx'],
  uses: ['works'],
  run: (bench) => compare(bench, count),
}))

async function compare({ works: { works, http }, program, rounds }, count) {
  const [smallest] = works.packages()
  const paths = ['production/minitri.flg', `production/${smallest.name}`]
  const server = await startServe(program, works)
  try {
    const found = { ours: [], theirs: [] }
    for (let round = 0; round < Math.min(3, rounds); round++) {
      found.ours.push(await crowd(`${server.url}/`, paths, count))
      found.theirs.push(await crowd(http, paths, count))
    }
    const last = (runs) => median(runs.map((ends) => Math.max(...ends)))
    const [ours, theirs] = [last(found.ours), last(found.theirs)]
    const spread = median(found.ours.map((ends) => Math.max(...ends) / median(ends)))
    process.stderr.write(`the last host is ${spread.toFixed(2)} times as late as the median one\n`)
    return {
      peer: 'nginx, one worker',
      bar: null,
      rounds: found.ours.length,
      unit: 's',
      ours,
      theirs,
      ratio: ours / theirs,
      spread,
      requests: count * paths.length,
      bytes: count * smallest.bytes,
    }
  } finally {
    await stop(server.child)
  }
}

/** Seconds until each of the hosts has all of the paths. */
async function crowd(url, paths, count) {
  const { hostname, port, pathname } = new URL(url)
  const begun = performance.now()
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const localAddress = `127.1.${Math.floor(index / 200)}.${1 + (index % 200)}`
      const from = { host: hostname, port: Number(port), localAddress }
      const left = paths.map((path) => `${pathname}${path}`)
      // Whom the server has no room for asks again, as a client does.
      while (!(await askAll(from, left).then(isDone, isCutOff))) await wait(100 + 100 * Math.random())
      return (performance.now() - begun) / 1000
    }),
  )
}

const isDone = () => true
const isCutOff = (error) => {
  if (error.code === 'ECONNRESET' || error.message === 'cut off') return false
  throw error
}

/** Asks for one path after the other over one connection, and reads what comes without keeping it. */
function askAll(where, wanted) {
  const paths = [...wanted]
  return new Promise((resolve, reject) => {
    const socket = connect(where)
    socket.setTimeout(longest, () => socket.destroy(new Error('no answer')))
    let done = false
    let left = 0
    let head = Buffer.alloc(0)
    const ask = () => {
      const path = paths.shift()
      if (path === undefined) {
        done = true
        return socket.end()
      }
      socket.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`)
    }
    socket.on('connect', ask)
    socket.on('data', (bytes) => {
      let body = bytes
      if (left === 0) {
        head = Buffer.concat([head, bytes])
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        const text = head.toString('latin1', 0, end)
        if (!text.startsWith('HTTP/1.1 200')) return socket.destroy(new Error(text.split('\r\n')[0]))
        left = Number(/^content-length: (\d+)/im.exec(text)?.[1])
        body = head.subarray(end + 4)
        head = Buffer.alloc(0)
      }
      left -= body.length
      if (left === 0) ask()
    })
    socket.on('error', reject)
    socket.on('close', () => (done ? resolve() : reject(new Error('cut off'))))
  })
}
