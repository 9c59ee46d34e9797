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
    ['config sh', 'show'],
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

  // There is no PowerShell for the systems that tests run on; its table at least is read as it would read it.
  it('for PowerShell is a table of plain words, with every command below its own', async () => {
    const { stdout } = await bench.run('completion powershell')
    const entries = [...stdout.matchAll(/^ {4}'([a-z -]*)' = @\((.*)\)$/gm)]
    const table = new Map(entries.map(([, path = '', words = '']) => [path, words.split(', ')]))
    const body = stdout.slice(stdout.indexOf('@{') + 2, stdout.indexOf('\n  }\n'))
    expect(entries).toHaveLength(body.trim().split('\n').length)
    const words = [...table.values()].flat()
    expect(words.filter((word) => !/^'[A-Za-z0-9.-]+'$/.test(word))).toEqual([])
    for (const path of table.keys()) {
      if (path === '') continue
      const above = path.split(' ')
      const own = above.pop()
      expect(table.get(above.join(' '))).toContain(`'${own}'`)
    }
    for (const [open, close] of ['{}', '()', '[]']) {
      expect(stdout.split(open ?? '')).toHaveLength(stdout.split(close ?? '').length)
    }
    expect(stdout.split("'").length % 2).toBe(1)
    expect(stdout.split('"').length % 2).toBe(1)
  })
})

describe('the help', () => {
  it('of every command has an example, and no number where people write a duration', async () => {
    const { stdout } = await bench.run('completion powershell')
    const paths = [...stdout.matchAll(/^ {4}'([a-z -]*)' = /gm)].map(([, path = '']) => path)
    expect(paths.length).toBeGreaterThan(30)
    for (const path of paths) {
      const { code, stdout: help } = await bench.run(`${path} --help`.trim())
      expect([path, code]).toEqual([path, 0])
      expect([path, /\(default: \d{4,}\)/.exec(help)?.[0]]).toEqual([path, undefined])
      if (path !== '') expect([path, /Examples:|Commands:/.test(help)]).toEqual([path, true])
    }
  })
})
