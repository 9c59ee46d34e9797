import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeMachine } from '../machine.mjs'
import { converging } from './converging.mjs'
import { deciding } from './deciding.mjs'
import { enduring } from './enduring.mjs'
import { rollout } from './rollout.mjs'

const { values: options } = parseArgs({
  options: {
    hosts: { type: 'string', default: '10000' },
    /** Names of the cases to run; may be repeated. */
    case: { type: 'string', multiple: true, default: [] },
  },
})

const simulated = { ...converging, ...deciding, ...enduring }
const cases = { ...simulated, ...rollout }
const chosen = options.case.length > 0 ? options.case : Object.keys(simulated)
const say = (text) => process.stderr.write(`${text}\n`)
const { cpu, node, load } = describeMachine()
say(`${options.hosts} hosts, ${cpu}, Node ${node}, load ${load.toFixed(1)}`)
let missed = 0
let leave = async () => {}
// Servers and machines end with whoever is interrupted.
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => void leave().finally(() => process.exit(130)))
for (const name of chosen) {
  const root = mkdtempSync(join(tmpdir(), 'defs-fleet-'))
  const closing = []
  const before = loadavg()[0]
  leave = async () => {
    for (const close of closing.splice(0).reverse()) await close().catch((error) => say(String(error)))
    rmSync(root, { recursive: true, force: true })
  }
  try {
    const rows = await cases[name]({ root, hosts: Number(options.hosts), say, closing })
    for (const { what, figure, bar, met } of rows) {
      if (met === false) missed += 1
      process.stdout.write(
        `${name} | ${what} | ${figure} | ${bar} | ${met === null ? '-' : met ? 'yes' : 'NO'}\n`,
      )
    }
  } catch (error) {
    missed += 1
    process.stdout.write(`${name} | ${error.stack}\n`)
  } finally {
    await leave()
    // The load of the fleet itself is in the second: a first one above 1 means that others were at work.
    say(`${name}: load average ${before.toFixed(1)} before, ${loadavg()[0].toFixed(1)} after`)
  }
}
process.exit(missed > 0 ? 1 : 0)
