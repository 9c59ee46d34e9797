import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pairs } from './measure.mjs'

const node = process.execPath
// Hour by hour from 2016 on (crowd.mjs): a thousand of them, near the end of the small journal and amid the large one.
const windows = {
  small: ['2017-01-01T00:00', '2017-02-11T15:00'],
  large: ['2070-01-01T00:00', '2070-02-11T15:00'],
}

/**
 * What looks at the journal, in one of 10,000 events beside one set and in one of 1,000,000 beside 90 sets: what it costs
 * must not grow with what is not asked for. `history` tells all that was ever live, 100 times as much in the large one, and
 * as much as in the small one in that where sets came seldom.
 */
export const asking = [
  {
    name: 'defs report --from, 1,000 of 1,000,000 events',
    uses: ['journals'],
    run(bench) {
      const ours = { argv: report(bench, 'large') }
      const peer = { label: 'the same of 10,000 events', argv: report(bench, 'small') }
      return pairs({ bar: { of: 'ratio', most: 1.3 }, ours, peer, rounds: bench.rounds * 3 })
    },
  },
  {
    name: 'defs history, 1,250 entries in 1,000,000 events',
    uses: ['journals'],
    run({ program, journals, rounds }) {
      const [ours, peer] = [journals.sparse, journals.small].map(({ config }) => ({
        argv: [node, program, 'history', ...config],
        label: 'the same in 10,000 events',
      }))
      return pairs({ bar: { of: 'ratio', most: 1.3 }, ours, peer, rounds: rounds * 3 })
    },
  },
  {
    name: 'floor of a report, 100,000 events',
    uses: ['crowded'],
    run({ crowded, rounds }) {
      const script = fileURLToPath(new URL('floor-report.mjs', import.meta.url))
      const ours = { argv: [node, script, join(crowded.store, 'state', 'events.jsonl')] }
      return pairs({
        bar: null,
        ours,
        peer: { label: 'node -e 0', argv: [node, '-e', '0'] },
        rounds: rounds * 3,
      })
    },
  },
  ...['list', 'status', 'history'].flatMap((command) =>
    [
      ['small', '1 set, 10,000 events'],
      ['large', '90 sets, 1,000,000 events'],
    ].map(([size, what]) => ({
      name: `defs ${command}, ${what}`,
      uses: ['journals'],
      run(bench) {
        const ours = { argv: [node, bench.program, command, ...bench.journals[size].config], allowed: [0, 9] }
        const peer = { label: 'node -e 0', argv: [node, '-e', '0'] }
        const bar = command === 'history' ? null : { of: 'ratio', most: 1.4 }
        return pairs({ bar, ours, peer, rounds: bench.rounds * 3 })
      },
    })),
  ),
]

function report({ program, journals }, size) {
  const [from, to] = windows[size]
  return [node, program, 'report', '--from', from, '--to', to, ...journals[size].config]
}
