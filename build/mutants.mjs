// How strong the tests are: makes one small fault after another in a copy of the sources, runs the tests that must
// notice it, and counts. The faults are listed by hand in test/mutants/.
//   npm run mutants                         all of them; takes the better part of an hour
//   npm run mutants -- trust hawking        those of these lists
//   npm run mutants -- hawking:fsync        those of this list whose reason has this word in it
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Seconds that a file of tests may take; longer is noticed, too: a fault may make them hang. */
const patience = 300

const say = (text) => process.stdout.write(`${text}\n`)
const root = join(import.meta.dirname, '..')
const lists = join(root, 'test', 'mutants')

/**
 * @typedef {object} Mutant
 * @property {string} file path from the root of the project
 * @property {string} find text that stands in it once
 * @property {string} replace what is put there
 * @property {string[]} tests files of which at least one test must fail
 * @property {string} why what would go wrong
 */

/** @returns {Promise<(Mutant & { list: string })[]>} */
async function chosen(words) {
  const names = readdirSync(lists).map((name) => basename(name, '.mjs'))
  const all = []
  for (const list of names) {
    const { mutants } = await import(pathToFileURL(join(lists, `${list}.mjs`)).href)
    all.push(...mutants.map((mutant) => ({ list, ...mutant })))
  }
  const unknown = words.filter((word) => !names.includes(word.split(':')[0]))
  if (unknown.length > 0) throw new Error(`no list ${unknown.join(', ')}: there are ${names.join(', ')}`)
  if (words.length === 0) return all
  const fits = ({ list, why, file }, word) => {
    const [name, part = ''] = word.split(':')
    return name === list && `${file} ${why}`.includes(part)
  }
  return all.filter((mutant) => words.some((word) => fits(mutant, word)))
}

/** A copy of the project to be spoilt; what is installed is shared. */
function copyProject() {
  const copy = mkdtempSync(join(tmpdir(), 'defs-mutants-'))
  const left = ['node_modules', '.git', 'coverage', 'dist-packages']
  for (const name of readdirSync(root))
    if (!left.includes(name)) cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** The tests that run; a group of processes of its own, so that a worker that hangs ends with it. */
let running = null
const endTests = () => running && process.kill(-running.pid, 'SIGKILL')

/** What became of the tests: how many passed and failed; null when they took too long. */
async function runTests(copy, files, options = []) {
  const report = join(copy, 'report.json')
  rmSync(report, { force: true })
  const line = ['vitest', 'run', ...files, '--maxWorkers=1', '--reporter=json', `--outputFile=${report}`]
  // ClamAV's own files lie beside the project, not beside a copy of it.
  const vectors = join(root, '..', 'shared', 'vectors')
  const env = existsSync(vectors) ? { DEFS_VECTORS: vectors, ...process.env } : process.env
  running = spawn('npx', [...line, ...options], { cwd: copy, stdio: 'ignore', detached: true, env })
  let late = false
  const onLate = () => {
    late = true
    endTests()
  }
  const timer = setTimeout(onLate, files.length * patience * 1000)
  await once(running, 'exit')
  running = null
  clearTimeout(timer)
  if (!existsSync(report)) return late ? null : { passed: 0, failed: 0, first: 'no report' }
  const { numPassedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'))
  const failed = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed'),
  )
  // A file that cannot even be loaded says nothing of its tests.
  const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
  return {
    passed: numPassedTests,
    failed: failed.length,
    first: failed[0]?.fullName ?? broken[0]?.message ?? '',
  }
}

/** `killed`, `survived`, or why it is no mutant. */
async function outcomeOf({ file, find, replace, tests }, copy) {
  const path = join(copy, file)
  if (!existsSync(path)) return ['stale', `there is no ${file}`]
  const text = readFileSync(path, 'utf8')
  const times = text.split(find).length - 1
  if (times !== 1) return ['stale', `${file} has ${times} times: ${find}`]
  writeFileSync(
    path,
    text.replace(find, () => replace),
  )
  try {
    const result = await runTests(copy, tests, ['--bail=1'])
    if (result === null) return ['killed', `after ${patience} s`]
    if (result.failed > 0) return ['killed', result.first]
    return result.passed > 0 ? ['survived', ''] : ['stale', `no test was run: ${result.first}`]
  } finally {
    writeFileSync(path, text)
  }
}

const mutants = await chosen(process.argv.slice(2))
const copy = copyProject()
process.once('exit', () => rmSync(copy, { recursive: true, force: true }))
process.once('SIGINT', () => {
  endTests()
  process.exit(130)
})
const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))]
say(`${mutants.length} mutants; first the ${tests.length} files of tests without any`)
const sound = await runTests(copy, tests)
if (sound === null || sound.failed > 0 || sound.passed === 0) {
  say(`they are not green: ${sound?.first ?? 'they take too long'}`)
  process.exit(1)
}
const count = { killed: 0, survived: 0, stale: 0 }
for (const mutant of mutants) {
  const [outcome, detail] = await outcomeOf(mutant, copy)
  count[outcome] += 1
  say(`${outcome}: ${mutant.file}: ${mutant.why}${detail === '' ? '' : `\n    ${detail.split('\n')[0]}`}`)
}
const judged = count.killed + count.survived
const share = judged === 0 ? 0 : (100 * count.killed) / judged
say(`${count.killed} killed, ${count.survived} survived, ${count.stale} stale: ${share.toFixed(1)} %`)
process.exitCode = count.survived + count.stale === 0 ? 0 : 1
