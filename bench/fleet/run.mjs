import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeMachine } from '../machine.mjs'
import { converging } from './converging.mjs'
import { deciding } from './deciding.mjs'
import { enduring } from './enduring.mjs'

const { values: options } = parseArgs({
  options: {
    hosts: { type: 'string', default: '10000' },
    /** Names of the cases to run; may be repeated. */
    case: { type: 'string', multiple: true, default: [] },
  },
})

const cases = { ...converging, ...deciding, ...enduring }
const chosen = options.case.length > 0 ? options.case : Object.keys(cases)
const say = (text) => process.stderr.write(`${text}\n`)
const { cpu, node, load } = describeMachine()
say(`${options.hosts} hosts, ${cpu}, Node ${node}, load ${load.toFixed(1)}`)
let missed = 0
for (const name of chosen) {
  const root = mkdtempSync(join(tmpdir(), 'defs-fleet-'))
  const closing = []
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
    for (const close of closing.reverse()) await close().catch((error) => say(String(error)))
    rmSync(root, { recursive: true, force: true })
  }
}
process.exit(missed > 0 ? 1 : 0)
