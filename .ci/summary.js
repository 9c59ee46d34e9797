import { readFileSync } from 'node:fs'

// Says the numbers of a vitest JSON report, and what was skipped; nothing counted as passed is a failure.
const report = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const tests = report.testResults.flatMap((file) => file.assertionResults)
const skipped = tests.filter(
  ({ status }) => status === 'skipped' || status === 'pending' || status === 'todo',
)
const failed = tests.filter(({ status }) => status === 'failed').length
const brokenFiles = report.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed'),
)
const passed = tests.filter(({ status }) => status === 'passed').length
for (const test of skipped) process.stdout.write(`skipped: ${test.fullName}\n`)
for (const file of brokenFiles) process.stdout.write(`failed as a whole: ${file.name}\n`)
process.stdout.write(`${passed} passed, ${failed + brokenFiles.length} failed, ${skipped.length} skipped\n`)
process.exitCode = passed > 0 && failed + brokenFiles.length === 0 ? 0 : 1
