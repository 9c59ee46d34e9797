// Runs the tests on other days, room by room: nothing may depend on the day. Needs faketime (Debian: faketime).
//   npm run test:dates                      every room, 3, 60 and 400 days ahead; takes two hours
//   npm run test:dates -- +60 trust story   these rooms of test/, 60 days ahead
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

const say = (text) => process.stdout.write(`${text}\n`)
const root = join(import.meta.dirname, '..')
const given = process.argv.slice(2)
const shifts = given.filter((word) => /^[+-]\d+$/.test(word))
const named = given.filter((word) => !shifts.includes(word))

const below = (folder) => readdirSync(folder).map((name) => join(folder, name))
const holdsTests = (path) =>
  statSync(path).isDirectory() ? below(path).some(holdsTests) : path.endsWith('.test.ts')
const all = below(join(root, 'test'))
  .filter(holdsTests)
  .map((path) => relative(join(root, 'test'), path))
const rooms = named.length > 0 ? named : all

if (spawnSync('faketime', ['--version']).error) {
  process.stderr.write('faketime is not installed\n')
  process.exit(2)
}
if (spawnSync('npm', ['run', 'build'], { cwd: root, stdio: 'inherit' }).status !== 0) process.exit(1)

const scratch = mkdtempSync(join(tmpdir(), 'defs-dates-'))
let wrong = 0
for (const room of rooms) {
  for (const shift of shifts.length > 0 ? shifts : ['+3', '+60', '+400']) wrong += run(room, shift)
}
rmSync(scratch, { recursive: true, force: true })
say(wrong === 0 ? 'nothing depends on the day' : `${wrong} failed`)
process.exitCode = wrong === 0 ? 0 : 1

/** Runs the tests of a room so many days ahead; returns how many failed, and says which. */
function run(room, days) {
  const file = join(scratch, 'report.json')
  rmSync(file, { force: true })
  const options = ['--maxWorkers=1', '--reporter=json', `--outputFile=${file}`]
  const line = ['-f', `${days}d`, 'npx', 'vitest', 'run', `test/${room}`, ...options]
  // Times of files stay as they are: node would not see them shifted, and what tests call would.
  const env = { ...process.env, NO_FAKE_STAT: '1' }
  spawnSync('faketime', line, { cwd: root, stdio: 'ignore', timeout: 3_600_000, env })
  let report
  try {
    report = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    say(`${days} days, ${room}: vitest wrote no report`)
    return 1
  }
  const failed = report.testResults.flatMap(({ name, message, status, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === 'failed')
    // A file that cannot be loaded has no tests.
    if (tests.length === 0 && status === 'failed') return [`${relative(root, name)}: ${message}`]
    return tests.map(
      (test) => `${relative(root, name)}: ${test.fullName}\n      ${test.failureMessages[0]?.split('\n')[0]}`,
    )
  })
  const { numPassedTests, numPendingTests } = report
  say(`${days} days, ${room}: ${numPassedTests} passed, ${failed.length} failed, ${numPendingTests} skipped`)
  for (const one of failed) say(`    ${one}`)
  return failed.length
}
