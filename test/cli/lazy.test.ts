import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const cli = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'src', 'cli')

/** `tar/header` is of `tar`. */
const packageOf = (specifier: string) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? ''

interface Loaded {
  readonly packages: Set<string>
  readonly files: Set<string>
}

/** What is loaded together with a file, `import()` and `import type` not followed. */
function loadedWith(path: string, loaded: Loaded = { packages: new Set(), files: new Set() }): Loaded {
  if (loaded.files.has(path)) return loaded
  loaded.files.add(path)
  const imports = readFileSync(path, 'utf8').matchAll(/^(?:import|export) (?!type )[^'"]*?from '([^']+)'/gm)
  for (const [statement, to = ''] of imports) {
    if (/^import \{(\s*type [^,}]+,?)+\s*\}/.test(statement) || to.startsWith('node:')) continue
    if (to.startsWith('.')) loadedWith(join(dirname(path), to), loaded)
    else loaded.packages.add(packageOf(to))
  }
  return loaded
}

function loadedBy(...files: readonly string[]): Loaded {
  const loaded: Loaded = { packages: new Set(), files: new Set() }
  for (const file of files) loadedWith(join(cli, file), loaded)
  return loaded
}

/** What reaches the network, opens archives, reads certificates, serves or writes mail. */
const heavy = [
  'undici',
  'basic-ftp',
  'pkijs',
  'asn1js',
  'tar',
  'yauzl',
  'tuf-js',
  '@tufjs/models',
  'fastify',
  '@fastify/send',
  '@fastify/rate-limit',
  'nodemailer',
  'net-snmp',
  'node-cron',
]

const linesOf = ({ files }: Loaded) =>
  [...files].reduce((sum, file) => sum + readFileSync(file, 'utf8').split('\n').length, 0)

describe('what is loaded', () => {
  it('to prove a set is nothing that writes certificates', () => {
    const { packages, files } = loadedBy('command/verify.ts', '../update/recover/verify.ts')
    expect([...files].filter((file) => file.endsWith('certificate.ts'))).toHaveLength(1)
    expect(['pkijs', 'asn1js'].filter((name) => packages.has(name))).toEqual([])
  })

  it('for --help and --version is commander alone', () => {
    expect(loadedBy('run.ts').packages).toEqual(new Set(['commander']))
    expect(linesOf(loadedBy('run.ts'))).toBeLessThan(3_000)
  })

  it('for one command is not the grammar of a fleet, and no event, report or verdict for a list of sets', () => {
    expect([...loadedBy('run.ts').files].filter((file) => /grammar[\\/]fleet/.test(file))).toEqual([])
    const list = loadedBy('run.ts', 'console.ts', 'session.ts', 'family/every-family.ts', 'command/sets.ts')
    const apart = /src[\\/](event[\\/]journal|report[\\/](?!span|moment)|schedule|licence)/
    expect([...list.files].filter((file) => apart.test(file))).toEqual([])
    expect(linesOf(list)).toBeLessThan(8_000)
  })

  it.each(['check', 'completion', 'config', 'events', 'manual', 'sets', 'sources', 'status'])(
    'for command/%s.ts is none of the heavy packages',
    (command) => {
      const { packages } = loadedBy('console.ts', 'session.ts', `command/${command}.ts`)
      expect(heavy.filter((name) => packages.has(name))).toEqual([])
    },
  )

  it('for a check that finds nothing new is little', () => {
    const loaded = loadedBy(
      'run.ts',
      'console.ts',
      'session.ts',
      'command/check.ts',
      '../update/check-unchanged.ts',
      '../source/liveupdate/unchanged.ts',
    )
    expect(heavy.filter((name) => loaded.packages.has(name))).toEqual([])
    expect(linesOf(loaded)).toBeLessThan(11_000)
  })

  it('for update is only known once it runs', () => {
    expect(loadedBy('command/update.ts').packages).toEqual(new Set())
  })

  it('for a daemon at rest is nothing of what fetches and publishes, nor for its regular check', () => {
    const rest = loadedBy(
      'run.ts',
      'console.ts',
      'session.ts',
      'command/daemon.ts',
      '../schedule/daemon-tasks.ts',
    )
    expect(heavy.filter((name) => rest.packages.has(name))).toEqual([])
    const check = loadedBy('../update/recover/check-up.ts')
    const tuf = ['tuf-js', '@tufjs/models']
    const apart = ['undici', 'basic-ftp', ...tuf]
    expect(apart.filter((name) => check.packages.has(name))).toEqual([])
    // Its updates load what proves metadata where a root is pinned.
    const update = loadedBy('../update/role.ts')
    expect(tuf.filter((name) => update.packages.has(name))).toEqual([])
    expect([...rest.files, ...check.files].filter((file) => /src[\\/]publish[\\/]/.test(file))).toEqual([])
  })

  it('is nothing of the console but by the daemon that serves it and by defs console, each once it runs', () => {
    for (const command of ['update', 'check', 'status', 'serve', 'daemon', 'report']) {
      const files = [...loadedBy('run.ts', 'console.ts', 'session.ts', `command/${command}.ts`).files]
      expect(files.filter((file) => /src[\\/]console[\\/]|console-(facts|actions|user)/.test(file))).toEqual(
        [],
      )
    }
  })
})
