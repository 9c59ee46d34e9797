import { execFileSync, spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bench, openBench } from './world.ts'

const hasBash = spawnSync('bash', ['-c', 'complete -p; true']).status === 0
let bench: Bench
beforeAll(() => {
  bench = openBench()
})
afterAll(() => bench.remove())

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish', 'powershell'])('for %s knows every command and option', async (shell) => {
    const { code, stdout } = await bench.run(`completion ${shell}`)
    expect(code).toBe(0)
    for (const word of ['update', 'explain', 'origin', 'max-age', 'lock-wait', 'powershell', 'no-color']) {
      expect(stdout).toContain(word)
    }
  })

  it.skipIf(!hasBash).each([
    ['up', 'update'],
    ['config s', 'show'],
    ['config show --or', '--origin'],
    ['update --lo', '--lock-wait'],
    ['update --source x --dr', '--dry-run'],
    ['--json sta', 'status'],
    ['completion po', 'powershell'],
  ])('in bash turns %s into %s', async (typed, completed) => {
    const { stdout } = await bench.run('completion bash')
    const words = ['defs', ...typed.split(' ')]
    const script = `${stdout}
COMP_WORDS=(${words.join(' ')})
COMP_CWORD=${words.length - 1}
_defs
echo "\${COMPREPLY[*]}"`
    expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim()).toBe(completed)
  })
})
