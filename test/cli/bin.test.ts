import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { program, runDefs } from '../support/run-defs.ts'
import { type Bench, openBench } from './world.ts'

// The program as users start it; it is there once it was built.
const built = existsSync(join(program, '..', '..', 'dist', 'cli', 'run.js'))
let bench: Bench
beforeAll(() => {
  bench = openBench()
})
afterAll(() => bench.remove())

describe.skipIf(!built)('bin/defs.js', () => {
  const options = () => ({
    cwd: join(bench.root, 'cwd'),
    env: { HOME: bench.root, DEFS_STORE_ROOT: bench.root },
  })

  it('answers --version and ends with 0', async () => {
    expect(await runDefs(['--version'], options())).toMatchObject({ code: 0, stderr: '' })
  })

  it('ends with the exit code of the command', async () => {
    expect((await runDefs(['status', '--json'], options())).json).toMatchObject({ exitCode: 13 })
    expect((await runDefs(['status'], options())).code).toBe(13)
    expect((await runDefs([], options())).code).toBe(2)
  })

  it.skipIf(process.platform === 'win32')('says nothing of a reader that leaves early', () => {
    const pipe = `set -o pipefail; "${process.execPath}" "${program}" completion bash | head -c1`
    const { stdout, stderr, status } = spawnSync('bash', ['-c', pipe], { encoding: 'utf8' })
    expect([stdout, stderr, status]).toEqual(['#', '', 0])
  })

  it.skipIf(!existsSync('/dev/full'))('does not end with 0 when its result could not be written', () => {
    const { status, stderr } = spawnSync(
      'bash',
      ['-c', `"${process.execPath}" "${program}" events > /dev/full`],
      {
        encoding: 'utf8',
      },
    )
    expect(status).toBe(6)
    expect(stderr.split('\n')).toHaveLength(2)
  })

  it('runs no code of the working directory', async () => {
    const mark = join(bench.root, 'ran')
    bench.put('cwd/.config/config.js', `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '')\n`)
    bench.put('cwd/package.json', '{ "type": "commonjs", "defs": { "maxAge": "1h" } }')
    for (const line of ['config show', 'status', 'list', 'update', 'check']) {
      const { code, stderr } = await runDefs([...line.split(' '), '--verbose'], options())
      expect([code, stderr]).not.toContain(1)
    }
    expect(existsSync(mark)).toBe(false)
  })
})
