import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const gnuTime = '/usr/bin/time'
const longest = 300_000

/**
 * Runs a command line once: wall seconds, and where GNU time is installed CPU seconds and peak memory in MiB.
 * @throws when it ends with none of the codes that are allowed
 */
export async function once(argv, { allowed = [0], env = {} } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'defs-bench-time-'))
  const notes = join(folder, 'notes')
  try {
    const timed = existsSync(gnuTime)
    const [program, ...args] = timed ? [gnuTime, '-q', '-f', '%U %S %M', '-o', notes, ...argv] : argv
    const from = process.hrtime.bigint()
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
      timeout: longest,
    })
    let said = ''
    child.stderr.on('data', (text) => {
      said = (said + text).slice(-2000)
    })
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
    const wall = Number(process.hrtime.bigint() - from) / 1e9
    if (!allowed.includes(code)) throw new Error(`${argv.join(' ')} ended with ${code}\n${said}`)
    if (!timed) return { wall, cpu: null, peak: null }
    const [user, system, kilobytes] = readFileSync(notes, 'utf8').trim().split(/\s+/).slice(-3).map(Number)
    return { wall, cpu: user + system, peak: kilobytes / 1024 }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * Runs a case: ours and the peer in turn, after one round that does not count (`warm: 0` for none). Ratios and differences are taken pair
 * by pair, which holds when the machine becomes slower or faster meanwhile. The peer may be null.
 * @param bar what is to be met: `{ of, most | least, unit }`, `of` being a value of the row
 */
export async function pairs({ bar, ours, peer, rounds, warm = 1 }) {
  const runs = { ours: [], peer: [] }
  let traffic = null
  for (let round = -warm; round < rounds; round++) {
    for (const [who, side] of Object.entries({ ours, peer })) {
      if (!side) continue
      await side.before?.()
      const run = await once(typeof side.argv === 'function' ? side.argv() : side.argv, side)
      traffic = (await side.after?.()) ?? traffic
      if (round >= 0) runs[who].push(run)
    }
  }
  const perPair = (work) => runs.peer.map((run, index) => work(runs.ours[index].wall, run.wall))
  const ratios = perPair((mine, other) => mine / other)
  return {
    peer: peer?.label ?? null,
    bar,
    rounds,
    unit: 's',
    ours: median(runs.ours.map(({ wall }) => wall)),
    theirs: median(runs.peer.map(({ wall }) => wall)),
    ratio: median(ratios),
    scatter: spanOf(ratios),
    difference: median(perPair((mine, other) => (mine - other) * 1000)),
    cpu: median(runs.ours.map(({ cpu }) => cpu)),
    peerCpu: median(runs.peer.map(({ cpu }) => cpu)),
    peak: runs.ours.reduce((most, { peak }) => (peak === null ? most : Math.max(most ?? 0, peak)), null),
    requests: traffic?.requests ?? null,
    bytes: traffic?.bytes ?? null,
  }
}

/**
 * The same for what is better the more it is: `ours.measure()` and `peer.measure()` in turn.
 * @param unit of what they measure
 */
export async function rates({ bar, unit, ours, peer, rounds }) {
  const found = { ours: [], peer: [] }
  for (let round = 0; round < rounds; round++) {
    found.ours.push(await ours.measure())
    found.peer.push(await peer.measure())
  }
  const ratios = found.ours.map((rate, index) => rate / found.peer[index])
  return {
    peer: peer.label,
    bar,
    rounds,
    unit,
    ours: median(found.ours),
    theirs: median(found.peer),
    ratio: median(ratios),
    scatter: spanOf(ratios),
  }
}

/** The least and the most of some numbers; null for fewer than two. */
function spanOf(numbers) {
  return numbers.length < 2 ? null : [Math.min(...numbers), Math.max(...numbers)]
}

/** Null for none, or when one is null. */
export function median(numbers) {
  if (numbers.length === 0 || numbers.includes(null)) return null
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
