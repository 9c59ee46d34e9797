import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { cases } from './cases.mjs'
import { comparison } from './compare.mjs'
import { describeMachine } from './machine.mjs'
import { prepare } from './prepare.mjs'
import { table } from './report.mjs'
import { withSbin } from './vendor.mjs'

const { values: options } = parseArgs({
  options: {
    /** MB of the usual and of the large set. */
    size: { type: 'string', default: '250' },
    large: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '5' },
    /** Part of the names of the cases to run; may be repeated. */
    case: { type: 'string', multiple: true, default: [''] },
    /** Keeps the table in RESULTS.md. */
    write: { type: 'boolean', default: false },
    json: { type: 'string' },
    /** The JSON of an earlier run, which this one is set against. */
    compare: { type: 'string' },
  },
})

const here = dirname(fileURLToPath(import.meta.url))
const say = (text) => process.stderr.write(`${text}\n`)
const has = (program) => spawnSync('which', [program], { env: withSbin() }).status === 0

const chosen = cases.filter(({ name }) => options.case.some((part) => name.includes(part)))
if (chosen.length === 0) throw new Error(`no case has this in its name: ${options.case.join(', ')}`)
const runnable = chosen.filter(({ needs = [] }) => needs.every(has))
const root = mkdtempSync(join(tmpdir(), 'defs-bench-'))
const bench = { root, rounds: Number(options.rounds), program: join(here, '..', 'bin', 'defs.js') }
const sizes = { daily: Number(options.size), large: Number(options.large) }
const machine = describeMachine()
// Read before anything is measured: a wrong name must not cost the run.
const earlier = options.compare ? JSON.parse(readFileSync(options.compare, 'utf8')).rows : null

async function leave() {
  await bench.nginx?.stop()
  await bench.vsftpd?.stop()
  rmSync(root, { recursive: true, force: true })
}
// Servers end with whoever is interrupted.
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => void leave().finally(() => process.exit(130)))

const rows = []
try {
  await prepare(bench, { uses: new Set(runnable.flatMap(({ uses = [] }) => uses)), sizes, has, say })
  for (const { name, needs = [], run } of chosen) {
    const missing = needs.find((program) => !has(program))
    say(missing ? `${name}: skipped` : name)
    // How busy the machine was just before: whatever else is at work costs some cases more than others.
    const [load] = loadavg()
    rows.push(missing ? { name, skipped: `${missing} is not here` } : { name, load, ...(await outcome(run)) })
  }
} finally {
  await leave()
}

const result = { measuredAt: new Date().toISOString(), machine, sizes, rows }
process.stdout.write(`${table(rows)}\n${JSON.stringify(result)}\n`)
if (earlier) process.stdout.write(comparison(earlier, rows))
if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`)
if (options.write) writeFileSync(join(here, 'RESULTS.md'), results())

/** A case that cannot be measured takes no other with it, and the run ends with 1. */
async function outcome(run) {
  try {
    return await run(bench)
  } catch (error) {
    say(error.stack)
    process.exitCode = 1
    return { failed: error.message.split('\n').at(0) }
  }
}

function results() {
  const { cpu, memoryGiB, node, system, load, peers } = machine
  return `# Last results

Measured ${result.measuredAt} with a set of ${sizes.daily} MB (large: ${sizes.large} MB), ${bench.rounds} rounds (short cases more), load ${load.toFixed(1)} at the beginning.
Medians; the ratio is that of the pairs. ${cpu}, ${memoryGiB} GiB, ${system}, Node ${node}.
${peers.map((line) => `- ${line}\n`).join('')}
${table(rows)}
${readFileSync(join(here, 'NOTES.md'), 'utf8')}`
}
