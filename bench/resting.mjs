import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { stop } from './vendor.mjs'

const node = process.execPath
// Both have become quiet by then; V8 collects what starting left behind.
const settle = 60_000
const watched = 60_000

/** A daemon with nothing to do, beside a Node.js that waits for ever. Linux alone tells how often a process slept. */
export const resting = [
  {
    name: 'defs daemon at rest, memory',
    uses: ['crowded'],
    run: (bench) =>
      atRest(bench, ({ ours, theirs }) => ({
        bar: { of: 'ratio', most: 1.5 },
        unit: 'MiB',
        ours: ours.resident,
        theirs: theirs.resident,
        ratio: ours.resident / theirs.resident,
      })),
  },
  {
    name: 'defs daemon at rest, times it wakes in 10 s',
    uses: ['crowded'],
    run: (bench) =>
      atRest(bench, ({ ours, theirs }) => ({
        bar: { of: 'ours', most: 2, unit: 'times' },
        unit: 'times',
        ours: (ours.sleeps * 10_000) / watched,
        theirs: (theirs.sleeps * 10_000) / watched,
        ratio: null,
      })),
  },
]

async function atRest(bench, tell) {
  const { crowded, program } = bench
  bench.rested ??= await measure([program, 'daemon', ...crowded.config])
  return { peer: "node -e 'setInterval(() => {}, 1e9)'", rounds: 1, ...tell(bench.rested) }
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
