import { join } from 'node:path'
import { pairs } from './measure.mjs'
import { newName, signatureSets } from './signatures.mjs'

const node = process.execPath
const [before, after] = signatureSets

/**
 * What differs between two sets of 500,000 signatures, and which of them know one. What an administrator has for it is
 * `sigtool --unpack`, `sort` and `comm`; sigtool unpacks only what ClamAV's own key signed, so that tar takes its part,
 * which proves nothing and costs less.
 */
export const detecting = [
  { name: 'defs diff, 500,000 signatures', uses: ['signatures'], run: diff },
  { name: 'defs search, 500,000 signatures', uses: ['signatures'], run: search },
]

function diff(bench) {
  return beside(
    bench,
    ['diff', before, after, '--json'],
    [
      ...[before, after].map((set) => `cat ${set}/daily.*db ${set}/daily.hsb | sort >${set}.lines`),
      `comm -3 ${before}.lines ${after}.lines >differs`,
    ],
  )
}

function search(bench) {
  return beside(
    bench,
    ['search', newName, '--json'],
    [
      ...[before, after].map((set) => `cat ${set}/daily.*db ${set}/daily.hsb | sort >${set}.lines`),
      `grep -l ${newName} *.lines >found`,
    ],
  )
}

function beside(bench, args, steps) {
  const { store, config } = bench.signatures
  const unpack = [before, after].map((set) => {
    const database = join(store, 'VirusDefs', set, 'daily.cvd')
    return `mkdir ${set}; tail -c +513 '${database}' | tar xzf - -C ${set}`
  })
  const script = [
    `cd "$(mktemp -d -p '${bench.root}')"`,
    'export LC_ALL=C',
    ...unpack,
    ...steps,
    'rm -rf "$PWD"',
  ]
  const peer = { label: 'tar xz + sort + comm or grep', argv: ['bash', '-ec', script.join('; ')] }
  const ours = { argv: [node, bench.program, ...args, ...config] }
  return pairs({ bar: { of: 'ratio', most: 0.5 }, ours, peer, rounds: bench.rounds })
}
