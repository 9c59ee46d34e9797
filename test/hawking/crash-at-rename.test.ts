import { spawnSync } from 'node:child_process'
import { readdirSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { activate } from '../../src/hawking/activate.ts'
import { foreignPointer, readPointer } from '../../src/hawking/pointer.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import { recover } from '../../src/hawking/recover.ts'
import { isComplete, listSets, setDirectory } from '../../src/hawking/sets.ts'
import { compileChildren } from './compile.ts'
import { laySet, product, quickFolder, reproved, storeAt } from './world.ts'

const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0

describe.skipIf(!canTrace)('a run killed at each of its renames in turn', () => {
  let compiled: ReturnType<typeof compileChildren>
  beforeAll(() => {
    compiled = compileChildren('replace-once')
  })
  afterAll(() => compiled.remove())

  it.each([
    ['a new set', '20261121.004'],
    ['the current set again', '20261121.003'],
  ])('taking %s leaves a store that names a complete set', async (_, name) => {
    let killed = 0
    const found = new Set<string>()
    for (let when = 1; ; when += 1) {
      const root = quickFolder()
      try {
        if (!(await killAt(when, root, name, found))) break
        killed += 1
      } finally {
        rmSync(root, { recursive: true, force: true })
      }
    }
    // Guard, signature, marker, workspace, dated name, definfo, usage, link, and more: else nothing was traced.
    expect(killed).toBeGreaterThanOrEqual(9)
    // The moment between the two renames of a replacement was among them.
    if (name === '20261121.003') expect(found).toContain('set-unfinished')
  })

  /** False when the run ended before it came to that rename. */
  async function killAt(when: number, root: string, name: string, found: Set<string>): Promise<boolean> {
    const store = storeAt(root)
    await prepareStore(store, null)
    for (const older of ['20261121.001', '20261121.002', '20261121.003']) {
      await activate(reproved(store, laySet(store, older)), store, product)
    }
    const inject = `inject=rename,renameat,renameat2:signal=SIGKILL:when=${when}`
    const program = [process.execPath, join(compiled.programs, 'replace-once.js'), root, name]
    // strace counts by thread, so the program gets one thread for all its file work.
    const env = { ...process.env, UV_THREADPOOL_SIZE: '1' }
    const trace = ['-f', '-qq', '-o', '/dev/null', '-e', inject]
    const { signal, status } = spawnSync('strace', [...trace, ...program], { env })
    if (signal === null) expect(status).toBe(0)
    // Whatever stands in definfo.dat now, this run put it there.
    expect(await foreignPointer(store)).toBeNull()
    for (const { code } of await recover(store, product)) found.add(code)
    const { current, previous } = await readPointer(store)
    expect(['20261121.003', name]).toContain(current)
    for (const set of await listSets(store)) expect(await isComplete(setDirectory(store, set))).toBe(true)
    expect(await listSets(store)).toEqual(expect.arrayContaining([current, previous]))
    expect(readlinkSync(store.current)).toBe(current)
    expect(readdirSync(store.virusDefs).filter((left) => left.endsWith('.tmp'))).toEqual([])
    expect(await recover(store, product)).toEqual([])
    return signal !== null
  }
})
