import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isRoot } from '../support/real-servers.ts'
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

  it.skipIf(process.platform === 'win32')('takes no configuration that others may write to', async () => {
    const config = bench.put('shared/defs.yaml', '')
    expect((await runDefs(['config', 'check', '--config', config], options())).code).toBe(0)
    chmodSync(join(config, '..'), 0o777)
    const refused = await runDefs(['status', '--config', config], options())
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('[CONFIG_UNSAFE]')])
  })

  it.skipIf(!isRoot())('runs for a number that has neither a name nor a home', () => {
    const line = ['-u', 'HOME', process.execPath, program, 'config', 'check', '--config', '/dev/null']
    const { status, stderr } = spawnSync('setpriv', ['--reuid', '54321', '--clear-groups', 'env', ...line], {
      encoding: 'utf8',
    })
    expect(stderr).not.toContain('[BUG]')
    expect(status).toBe(2)
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

  it.skipIf(process.platform === 'win32').each(['077', '000'])(
    'gives files the same modes under umask %s: the tree is for everybody, keys for nobody else',
    (umask) => {
      const root = join(bench.root, `umask-${umask}`)
      const config = bench.put(
        `umask-${umask}/p.yaml`,
        `store: { root: '${root}/store' }\npublish: { root: '${root}/tree', keys: '${root}/keys' }\n`,
      )
      bench.put(`umask-${umask}/own/VIRSCAN1.DAT`, 'a file of definitions')
      const defs = `"${process.execPath}" "${program}"`
      const lines = [
        `umask ${umask}`,
        `${defs} keys init --config ${config}`,
        `${defs} publish 20261121.001 --from ${root}/own --config ${config}`,
        `find ${root}/tree ${root}/keys ${root}/tree.state -printf '%y%m %P\\n'`,
      ]
      const env = { ...process.env, DEFS_KEYS_PASSPHRASE: 'correct horse' }
      const { stdout, status } = spawnSync('sh', ['-ec', lines.join('\n')], { encoding: 'utf8', env })
      expect(status).toBe(0)
      const modes = new Map(
        stdout.split('\n').flatMap((line) => {
          const [, mode, path] = /^([df]\d+) (.+)$/.exec(line) ?? []
          return mode && path ? [[path, mode] as const] : []
        }),
      )
      const of = (found: RegExp) =>
        new Set([...modes].filter(([path]) => found.test(path)).map(([, mode]) => mode))
      expect(of(/^(production|metadata)(\/|$)/)).toEqual(new Set(['d755', 'f644']))
      expect(of(/^(online|offline|guard\/signer)/)).toEqual(new Set(['d700', 'f600']))
    },
  )

  // As containers are started: no entry in passwd, no HOME.
  const mayChange = process.getuid?.() === 0 && existsSync('/usr/bin/setpriv')
  it.skipIf(!mayChange)('starts for a number without a name and without a home', () => {
    const { status, stdout, stderr } = spawnSync(
      '/usr/bin/setpriv',
      ['--reuid=1000660000', '--regid=0', '--clear-groups', process.execPath, program, '--version'],
      { encoding: 'utf8', env: { PATH: process.env['PATH'] }, cwd: '/' },
    )
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^\d+\.\d+\.\d+/)
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
