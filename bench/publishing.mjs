import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { once, pairs } from './measure.mjs'

/** What a publisher does with a new set and one base: the full package, and the patches from the base. */
export const publishing = [
  { name: 'defs publish, one base', needs: ['zip', 'xdelta3'], uses: ['works'], run: publish },
  { name: 'defs publish, a second base', needs: [], uses: ['works'], run: secondBase },
  { name: 'defs publish, the same set to a second channel', needs: [], uses: ['works'], run: secondChannel },
  ...['few', 'many'].map((key) => ({
    name: `defs publish, ${key === 'few' ? '30' : '3,000'} files`,
    needs: ['zip', 'xdelta3'],
    uses: [key],
    run: (bench) => publish(bench, key, null),
  })),
  { name: 'incremental package, bytes', needs: ['xdelta3'], uses: ['works'], run: bytes },
]

function publish(bench, key = 'works', bar = { of: 'ratio', most: 0.5 }) {
  const { works } = bench[key]
  const [from, to] = works.folders
  const out = join(bench.root, 'peer-publish')
  const script = `cd '${to}'; sha256sum * >'${out}/sums'; zip -q -6 '${out}/full.zip' *
for file in *; do cmp -s "$file" '${from}'/"$file" || xdelta3 -e -f -B 67108864 -s '${from}'/"$file" "$file" '${out}'/"$file"; done`
  const peer = {
    label: 'sha256sum + zip -6 + xdelta3 -e',
    argv: ['bash', '-ec', script],
    before: () => empty(out),
  }
  const ours = { argv: works.publishNext, before: () => works.rewind() }
  // Half a minute each on a slow machine, nearly all of it computing.
  return pairs({ bar, ours, peer, rounds: 2, warm: 0 })
}

async function secondBase(bench) {
  const { works } = bench.works
  await works.prepareThird()
  const side = (bases) => ({ argv: works.publishThird(bases), before: () => works.rewind(2) })
  const peer = { label: 'the same with one base', ...side(1) }
  return pairs({ bar: null, ours: side(2), peer, rounds: 2, warm: 0 })
}

async function secondChannel(bench) {
  const { works } = bench.works
  const [, to] = works.folders
  await works.prepareThird()
  works.rewind(2)
  const out = join(bench.root, 'peer-channel')
  const full = join(works.tree, 'production', works.packages().at(-1).name)
  const script = `cd '${to}'; sha256sum * >'${out}/sums'; ln '${full}' '${out}/full.zip'`
  const peer = {
    label: 'sha256sum + ln',
    argv: ['bash', '-ec', script],
    before: () => empty(out),
  }
  const ours = { argv: works.publishElsewhere, before: () => works.rewind(2) }
  return pairs({ bar: null, ours, peer, rounds: 2, warm: 0 })
}

async function bytes(bench) {
  const { works } = bench.works
  const [from, to] = works.folders
  const out = join(bench.root, 'patches')
  empty(out)
  for (const name of works.names) {
    if (readFileSync(join(from, name)).equals(readFileSync(join(to, name)))) continue
    await once([
      'xdelta3',
      '-e',
      '-f',
      '-B',
      '67108864',
      '-s',
      join(from, name),
      join(to, name),
      join(out, name),
    ])
  }
  const theirs = readdirSync(out).reduce((sum, name) => sum + statSync(join(out, name)).size, 0)
  const ours = works.packages().find(({ name }) => name.includes('-from-')).bytes
  const bar = { of: 'ratio', most: 1.1 }
  return { peer: 'xdelta3 -e of each file', bar, rounds: 1, unit: 'B', ours, theirs, ratio: ours / theirs }
}

function empty(folder) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
}
