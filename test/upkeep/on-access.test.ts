import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import type { Store } from '../../src/hawking/store.ts'
import { onAccessFlaws } from '../../src/upkeep/on-access.ts'
import { storeAt } from '../hawking/world.ts'

let system: string
let store: Store
beforeEach(() => {
  system = mkdtempSync(join(tmpdir(), 'defs-on-access-'))
  store = storeAt(join(system, 'store'))
  mkdirSync(store.state, { recursive: true })
  mkdirSync(join(system, 'etc', 'clamav'), { recursive: true })
})
afterEach(() => rmSync(system, { recursive: true, force: true }))

async function found(...lines: string[]): Promise<string[]> {
  writeFileSync(join(system, 'etc', 'clamav', 'clamd.conf'), `${lines.join('\n')}\n`)
  const flaws = await onAccessFlaws({ scanner: { kind: 'direct' } as Config['scanner'] }, store, system)
  return flaws.map(({ code, message }) => `${code}: ${message}`)
}

describe('a configuration of clamonacc', () => {
  it('is found where it scans what we work on', async () => {
    const [text = ''] = await found(`OnAccessIncludePath ${store.root}`)
    expect(text).toMatch(/^on-access-scan: /)
    for (const folder of [store.virusDefs, store.partial, store.quarantine]) {
      expect(text).toContain(`OnAccessExcludePath ${folder}`)
    }
    expect(await found(`OnAccessMountPath ${system}`, `OnAccessExcludePath ${store.root}`)).toHaveLength(1)
  })

  it('is none where it looks elsewhere, or leaves us out', async () => {
    const all = `OnAccessIncludePath ${store.root}`
    const { uid } = statSync(store.state)
    expect(await found('LocalSocket /run/clamav/clamd.ctl')).toEqual([])
    expect(await found(`OnAccessIncludePath ${store.root}s`)).toEqual([])
    expect(await found(`# ${all}`)).toEqual([])
    expect(
      await found(all, `OnAccessExcludePath ${store.virusDefs}/`, `OnAccessExcludePath ${store.state}`),
    ).toEqual([])
    expect(await found(all, `OnAccessExcludeUID ${uid}`)).toEqual([])
    writeFileSync(join(system, 'etc', 'passwd'), `updater:x:${uid}:${uid}::/:/bin/false\n`)
    expect(await found(all, 'OnAccessExcludeUname updater')).toEqual([])
    expect(await found(all, 'OnAccessExcludeUname another')).toHaveLength(1)
  })
})
