import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const cli = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'src', 'cli')

/** Packages that are loaded together with a file, `import()` and `import type` not followed. */
function packagesOf(path: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>()
  if (seen.has(path)) return packages
  seen.add(path)
  const imports = readFileSync(path, 'utf8').matchAll(/^(?:import|export) (?!type )[^'"]*?from '([^']+)'/gm)
  for (const [statement, to = ''] of imports) {
    if (/^import \{(\s*type [^,}]+,?)+\s*\}/.test(statement) || to.startsWith('node:')) continue
    if (to.startsWith('.')) for (const name of packagesOf(join(dirname(path), to), seen)) packages.add(name)
    else packages.add(to)
  }
  return packages
}

describe('what is loaded', () => {
  it('for --help and --version is commander alone', () => {
    expect(packagesOf(join(cli, 'run.ts'))).toEqual(new Set(['commander']))
  })

  it.each([
    'status',
    'list',
    'show',
    'sources',
    'config-show',
    'config-check',
    'events-list',
    'completion',
    'manual',
  ])('for %s is nothing that reaches the network, opens archives or reads certificates', (command) => {
    const files = ['console.ts', 'session.ts', `command/${command}.ts`]
    const packages = new Set(files.flatMap((file) => [...packagesOf(join(cli, file))]))
    for (const heavy of ['undici', 'basic-ftp', 'pkijs', 'asn1js', 'tar', 'yauzl'])
      expect(packages).not.toContain(heavy)
  })

  it('for update is only known once it runs', () => {
    expect(packagesOf(join(cli, 'command', 'update.ts'))).toEqual(new Set())
  })
})
