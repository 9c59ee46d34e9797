import { join } from 'node:path'
import { bundleFloor } from './bundle-floor.mjs'
import { pairs } from './measure.mjs'

const node = process.execPath

/** What is over as soon as it has started. The peer is Node with nothing to do. */
export const starting = [
  { name: 'defs --version', run: (bench) => start(bench, ['--version'], 1.3) },
  { name: 'defs --help', run: (bench) => start(bench, ['--help'], 1.3) },
  {
    name: 'defs status',
    uses: ['daily'],
    run: (bench) => start(bench, ['status', ...bench.daily.config], 1.4),
  },
  { name: 'defs list', uses: ['daily'], run: (bench) => start(bench, ['list', ...bench.daily.config], 1.4) },
  ...[
    ['list', 1.4],
    ['status', 1.4],
    ['history', null],
    ['report', 4],
  ].map(([command, most]) => ({
    name: `defs ${command}, 90 sets, 100,000 events`,
    uses: ['crowded'],
    run: (bench) => start(bench, [command, ...bench.crowded.config], most),
  })),
  { name: 'floor of a list, 90 sets', uses: ['crowded'], run: floor },
]

async function floor(bench) {
  const args = ['list', ...bench.crowded.config]
  const program = await bundleFloor(join(bench.root, 'floor-list'), args)
  return start({ ...bench, program }, args, null)
}

function start(bench, args, most) {
  // An old store is stale, which is an answer.
  const ours = { argv: [node, bench.program, ...args], allowed: [0, 9] }
  const peer = { label: 'node -e 0', argv: [node, '-e', '0'] }
  const bar = most === null ? null : { of: 'ratio', most }
  return pairs({ bar, ours, peer, rounds: bench.rounds * 3 })
}
