// Tries our own readers of what strangers send with changed input, for a bounded time; see test/fuzz/.
//   npm run fuzz                       a minute for each of them
//   npm run fuzz -- 600 zip tar        ten minutes for each of these
//   npm run fuzz -- 60 --seed 7        other changes; without it those of the clock
// An input that is answered wrongly is kept and named. Once it is mended it goes into test/fuzz/seeds/<reader>/.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const words = process.argv.slice(2)
const at = words.indexOf('--seed')
const [seed = String(Date.now() % 2 ** 31)] = at < 0 ? [] : words.splice(at, 2).slice(1)
const seconds = /^\d+$/.test(words[0] ?? '') ? words.shift() : '60'
const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'defs-fuzz-figures-'))
const figures = join(folder, 'figures.jsonl')
// vitest writes the name of a reader in quotes.
const names = words.length === 0 ? [] : ['-t', `^'?(?:${words.join('|')})'? `]
const say = (text) => process.stdout.write(`${text}\n`)

say(`seed ${seed}, ${seconds} s each`)
const { status } = spawnSync(
  join(root, 'node_modules', '.bin', 'vitest'),
  ['run', '--maxWorkers=1', '--reporter=dot', ...names, 'test/fuzz'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, FUZZ_SECONDS: seconds, FUZZ_SEED: seed, FUZZ_FIGURES: figures },
  },
)
const ran = existsSync(figures)
if (!ran) say(`no reader was tried: is there one of the name ${words.join(', ')}?`)
for (const line of ran ? readFileSync(figures, 'utf8').trim().split('\n') : []) {
  const { target, count, answers } = JSON.parse(line)
  const told = answers.sort((a, b) => b[1] - a[1]).map(([answer, times]) => `${answer} ${times}`)
  say(`${target}: ${count} inputs: ${told.join(', ')}`)
}
rmSync(folder, { recursive: true, force: true })
process.exitCode = ran ? (status ?? 1) : 1
