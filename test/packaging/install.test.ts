import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const project = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
const windows = process.platform === 'win32'
let folder: string
let packed: string[]
/** Where npm puts the package. */
let module: string

// What npm tells its scripts would have it install by the rules of this project.
const ofScripts = /^npm_(?!config_(registry|userconfig|cache|cafile|proxy|https_proxy)$)|^DEFS_/i
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofScripts.test(name))),
  NO_COLOR: '1',
  npm_config_update_notifier: 'false',
}

/** Runs a program where nothing of the project is in reach. */
function run(program: string, args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(program, [...args], { cwd: folder, encoding: 'utf8', env, shell: windows })
}

const installed = (...args: string[]) => run(join(folder, 'prefix', windows ? '' : 'bin', 'defs'), args)
const runs = (program: string) => run(program, ['--version']).status === 0

// What is there already is packed: building again would take away what other tests run.
beforeAll(() => {
  if (!existsSync(join(project, 'dist', 'bundle'))) throw new Error('npm run build comes first')
  folder = mkdtempSync(join(tmpdir(), 'defs-packed-'))
  module = join(folder, 'prefix', ...(windows ? [] : ['lib']), 'node_modules', manifest.name)
  for (const maker of ['manual.mjs', 'software-bill.mjs']) {
    const { status, stderr } = run(process.execPath, [join(project, 'build', maker)])
    if (status !== 0) throw new Error(stderr)
  }
  const pack = run('npm', ['pack', project, '--json', '--ignore-scripts', '--pack-destination', folder])
  packed = JSON.parse(pack.stdout)[0].files.map(({ path }: { path: string }) => path)
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? ''
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline']
  const install = run('npm', ['install', '-g', '--prefix', 'prefix', ...quiet, join(folder, archive)])
  if (install.status !== 0) throw new Error(install.stderr)
  // A registry may be slow.
}, 180_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the package', () => {
  it('is built, with its manual, before it is packed', () => {
    expect(manifest.scripts.prepack).toBe('npm run build && npm run manual && npm run software-bill')
  })

  it('holds what runs and what goes with it', () => {
    for (const file of [
      'bin/defs.js',
      'dist/bundle/run.js',
      'dist/archive/hash-worker.cjs',
      'dist/vcdiff/patch-worker.cjs',
      'packaging/clamav/by-hand/README',
      'sbom.cdx.json',
      'schema/defs.schema.json',
      'man/defs.1',
      'man/defs.yaml.5',
      'packaging/systemd/defs.service',
      'packaging/logrotate/defs',
      'packaging/monitoring/defs-rules.yml',
      'packaging/examples/cluster-node.yaml',
      'docs/windows.md',
      'docs/cluster.md',
      'README.md',
      'LICENSE',
    ])
      expect(packed).toContain(file)
    for (const page of manifest.man) expect(packed).toContain(page)
  })

  it('holds nothing else', () => {
    const folders =
      /^(bin|browser|docs|man|schema|packaging\/(clamav\/by-hand|examples|logrotate|monitoring|systemd))\//
    const code =
      /^dist\/(bundle\/[\w-]+\.js|bundle\/package\.json|archive\/hash-worker\.cjs|vcdiff\/patch-worker\.cjs)$/
    const single = /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|sbom\.cdx\.json)$/
    expect(packed.filter((file) => ![folders, code, single].some((form) => form.test(file)))).toEqual([])
    expect(packed.filter((file) => /\.(map|pem|key|cache|d\.ts)$/.test(file))).toEqual([])
  })
})

describe('its bill of materials', () => {
  it('names what is installed with it, with licences, and neither a time nor a number of its own', () => {
    const bill = JSON.parse(readFileSync(join(module, 'sbom.cdx.json'), 'utf8'))
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: manifest.name } } })
    expect([bill.serialNumber, bill.metadata.timestamp]).toEqual([undefined, undefined])
    const named = bill.components.map(({ name, version }: Record<string, string>) => `${name}@${version}`)
    const direct = Object.entries(manifest.dependencies).map(([name, version]) => `${name}@${version}`)
    expect(named).toEqual(expect.arrayContaining(direct))
    expect(bill.components.filter(({ licenses }: { licenses?: unknown[] }) => !licenses?.length)).toEqual([])
  })
})

describe('what was installed', () => {
  it('runs', () => {
    const { status, stdout } = installed('--version')
    expect([status, stdout.trim()]).toEqual([0, manifest.version])
  })

  it('reads a configuration that was packed', () => {
    const file = join(module, 'packaging', 'examples', 'certified-and-rapid.yaml')
    const { status, stdout } = installed('schedule', '--json', '--config', file)
    expect(status).toBe(0)
    expect(JSON.parse(stdout).nextRuns.length).toBeGreaterThan(5)
  })

  it('finds what its bundle leaves outside', () => {
    const outside = ['fastify', '@fastify/send', '@fastify/rate-limit', 'node-cron', 'nodemailer', 'tuf-js']
    const script = join(module, 'bin', 'find.mjs')
    writeFileSync(script, outside.map((name) => `await import('${name}')`).join('\n'))
    const { status, stderr } = run(process.execPath, [script])
    expect([status, stderr]).toEqual([0, ''])
  })

  it.skipIf(windows)('has its pages where man looks', () => {
    for (const [part, page] of [
      ['man1', 'defs.1'],
      ['man5', 'defs.yaml.5'],
    ] as const) {
      const text = readFileSync(join(folder, 'prefix', 'share', 'man', part, page), 'utf8')
      expect(text).toBe(installed('manual', page).stdout)
    }
  })
})

describe('its completion', () => {
  const load = (shell: string, more: string) => `${installed('completion', shell).stdout}\n${more}`

  it.skipIf(!runs('bash'))('loads in bash and completes', () => {
    const script = load(
      'bash',
      `COMP_WORDS=(defs conf); COMP_CWORD=1; _defs; echo "\${COMPREPLY[@]}"; complete -p defs`,
    )
    const { status, stdout, stderr } = run('bash', ['--noprofile', '--norc', '-euc', script])
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toBe('config\ncomplete -F _defs defs\n')
  })

  // Only a shell with a terminal shows what it found; here the words come to a function of ours.
  const zsh = `autoload -Uz compinit; compinit -u -D
    _describe() { print -l -- "\${(@)\${(@P)2}%%:*}" }
    words=(defs config ''); CURRENT=3`
  it.skipIf(!runs('zsh')).each([
    ['sourced', (script: string) => `${zsh}\n${script}\n_defs`],
    ['in a folder of functions', () => `fpath=($PWD $fpath); ${zsh}; [[ $_comps[defs] == _defs ]] && _defs`],
  ])('loads in zsh %s and completes', (_, load) => {
    const script = installed('completion', 'zsh').stdout
    writeFileSync(join(folder, '_defs'), script)
    const { status, stdout, stderr } = run('zsh', ['-f', '-c', load(script)])
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(['check', 'init', 'show', '--json']))
  })

  it.skipIf(!runs('fish'))('loads in fish and completes', () => {
    const script = load('fish', 'complete -C "defs config "')
    const { status, stdout, stderr } = run('fish', ['--no-config', '-c', script])
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout.split('\n').map((line) => line.split('\t')[0])).toEqual(
      expect.arrayContaining(['check', 'init', 'show']),
    )
  })

  it.skipIf(!runs('pwsh'))('loads in PowerShell', () => {
    const { status, stderr } = run('pwsh', ['-NoProfile', '-Command', load('powershell', '')])
    expect([status, stderr]).toEqual([0, ''])
  })
})
