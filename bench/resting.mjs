import { execFile, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { stop } from './vendor.mjs'

const node = process.execPath
// Both have become quiet by then; V8 collects what starting left behind.
const settle = 60_000
const watched = 100_000

/**
 * A daemon with a sound set and nothing to do, beside a Node.js that waits for ever; and one that has asked its source, which
 * had nothing newer. Linux alone tells how often a process slept.
 */
export const resting = [
  {
    name: 'defs daemon at rest, memory',
    needs: ['nginx'],
    uses: ['daily'],
    run: async (bench) => memory(await atRest(bench), { of: 'ratio', most: 1.5 }),
  },
  {
    name: 'defs daemon at rest, times it wakes in 10 s',
    needs: ['nginx'],
    uses: ['daily'],
    async run(bench) {
      const { ours, theirs } = await atRest(bench)
      const inTen = ({ sleeps }) => (sleeps * 10_000) / watched
      const bar = { of: 'ours', most: 1, unit: 'times' }
      return { ...row, bar, unit: 'times', ours: inTen(ours), theirs: inTen(theirs), ratio: null }
    },
  },
  {
    name: 'defs daemon that asks each minute, memory',
    needs: ['nginx'],
    uses: ['daily'],
    async run({ daily, program, root }) {
      const config = join(root, 'asking.yaml')
      const schedule = "schedule: [{ source: http, cron: '* * * * *' }]"
      writeFileSync(config, `${readFileSync(daily.config[1], 'utf8')}${schedule}\n`)
      return memory(await measure([program, 'daemon', '--config', config]), null)
    },
  },
  {
    name: 'defs daemon, heap after 10,000 checks',
    needs: ['nginx', 'openssl', 'zip'],
    uses: ['small'],
    run: checks,
  },
]

const row = { peer: "node -e 'setInterval(() => {}, 1e9)'", rounds: 1 }

function memory({ ours: { resident: ours }, theirs: { resident: theirs } }, bar) {
  return { ...row, bar, unit: 'MiB', ours, theirs, ratio: ours / theirs }
}

async function atRest(bench) {
  bench.rested ??= await measure([bench.program, 'daemon', ...bench.daily.config])
  return bench.rested
}

/**
 * Each check proves the set and asks the source; what is in use after a full collection must not grow. V8 goes on compiling
 * for thousands of checks: without its compilers what is left is what we hold.
 */
async function checks({ small, root }) {
  const config = join(root, 'checks.yaml')
  const schedule = "schedule: [{ source: http, cron: '*/10 * * * *' }]"
  writeFileSync(config, `${readFileSync(small.config[1], 'utf8')}${schedule}\n`)
  const script = fileURLToPath(new URL('ticking.mjs', import.meta.url))
  const flags = ['--expose-gc', '--no-opt', '--no-sparkplug']
  const argv = [...flags, script, config, '1000', '10000']
  // Without compilers a check takes 0.2 s of CPU time on a slow machine, so all of them more than half an hour.
  const { stdout } = await promisify(execFile)(node, argv, { timeout: 2 * 3_600_000 })
  const [early, late] = stdout.trim().split('\n').map(JSON.parse)
  return {
    peer: 'the same after 1,000',
    rounds: 1,
    bar: { of: 'ratio', most: 1.05 },
    unit: 'MiB',
    ours: late.heap,
    theirs: early.heap,
    ratio: late.heap / early.heap,
    peak: late.rss,
  }
}

async function measure(argv) {
  const children = [argv, ['-e', 'setInterval(() => {}, 1e9)']].map((args) =>
    spawn(node, args, { stdio: 'ignore' }),
  )
  try {
    await wait(settle)
    const before = children.map(statusOf)
    await wait(watched)
    const after = children.map(statusOf)
    const [ours, theirs] = after.map(({ resident, sleeps }, index) => ({
      resident,
      sleeps: sleeps - before[index].sleeps,
    }))
    return { ours, theirs }
  } finally {
    await Promise.all(children.map(stop))
  }
}

/** Of its first thread: how often it waited for something, and its memory in MiB. */
function statusOf({ pid }) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const number = (key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1])
  return { resident: number('VmRSS') / 1024, sleeps: number('voluntary_ctxt_switches') }
}
