import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const gnuTime = '/usr/bin/time'
const longest = 300_000

/**
 * Runs a command line once: wall seconds, and where GNU time is installed CPU seconds and peak memory in MiB.
 * @throws when it ends with none of the codes that are allowed
 */
export async function once(argv, { allowed = [0], env = process.env } = {}) {
  const notes = join(tmpdir(), `defs-bench-time-${process.pid}`)
  const timed = existsSync(gnuTime)
  const [program, ...args] = timed ? [gnuTime, '-q', '-f', '%U %S %M', '-o', notes, ...argv] : argv
  const from = process.hrtime.bigint()
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env, timeout: longest })
  let said = ''
  child.stderr.on('data', (text) => {
    said = (said + text).slice(-2000)
  })
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  const wall = Number(process.hrtime.bigint() - from) / 1e9
  if (!allowed.includes(code)) throw new Error(`${argv.join(' ')} ended with ${code}\n${said}`)
  if (!timed) return { wall, cpu: null, peak: null }
  const [user, system, kilobytes] = readFileSync(notes, 'utf8').trim().split(/\s+/).slice(-3).map(Number)
  rmSync(notes)
  return { wall, cpu: user + system, peak: kilobytes / 1024 }
}

/**
 * Runs a case: ours and the peer in turn, after one round that does not count. Ratios are taken pair by pair, which
 * holds when the machine becomes slower or faster meanwhile.
 */
export async function pairs({ name, bar = null, unit = 'x', ours, peer, rounds }) {
  const runs = { ours: [], peer: [] }
  let traffic = null
  for (let round = 0; round <= rounds; round++) {
    for (const [who, side] of Object.entries({ ours, peer })) {
      if (!side) continue
      await side.before?.()
      const run = await once(side.argv, side)
      traffic = (await side.after?.()) ?? traffic
      if (round > 0) runs[who].push(run)
    }
  }
  const ratios = runs.peer.map((run, index) => runs.ours[index].wall / run.wall)
  return {
    name,
    peer: peer?.label ?? null,
    bar,
    unit,
    rounds,
    wall: median(runs.ours.map((run) => run.wall)),
    peerWall: median(runs.peer.map((run) => run.wall)),
    cpu: median(runs.ours.map((run) => run.cpu)),
    peerCpu: median(runs.peer.map((run) => run.cpu)),
    ratio: median(ratios),
    peak: runs.ours.reduce((most, run) => (run.peak === null ? most : Math.max(most ?? 0, run.peak)), null),
    requests: traffic?.requests ?? null,
    bytes: traffic?.bytes ?? null,
  }
}

/** Null for none, or when one is null. */
export function median(numbers) {
  if (numbers.length === 0 || numbers.includes(null)) return null
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
