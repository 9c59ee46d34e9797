import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readPointer } from '../../src/hawking/pointer.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import { recover } from '../../src/hawking/recover.ts'
import { isComplete, listSets, setDirectory } from '../../src/hawking/sets.ts'
import { readUsage } from '../../src/hawking/usage.ts'
import { compileChildren } from './compile.ts'
import { contentsOf, laySet, product, quickFolder, storeAt } from './world.ts'

const kills = 20
let compiled: ReturnType<typeof compileChildren>
let root = ''

beforeAll(() => {
  compiled = compileChildren('update')
})
afterAll(() => compiled.remove())
afterEach(() => rmSync(root, { recursive: true, force: true }))

async function runAndKill(first: number, after: number): Promise<void> {
  const child = spawn(process.execPath, [join(compiled.programs, 'update.js'), root, String(first)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const complaints: Buffer[] = []
  child.stderr.on('data', (bytes) => complaints.push(bytes))
  await once(child.stdout, 'data')
  await pause(after)
  child.kill('SIGKILL')
  await once(child, 'close')
  expect(Buffer.concat(complaints).toString()).toBe('')
}

// Where moments are rare, as between the two renames of a replacement, crash-at-rename.test.ts meets them all.
describe('a store whose writer is killed at a random moment, twenty times', () => {
  it('names a complete set each time', async () => {
    root = quickFolder()
    const store = storeAt(root)
    await prepareStore(store, null)
    let current: string | null = null
    const found = new Set<string>()
    for (let kill = 0; kill < kills; kill += 1) {
      await runAndKill(kill * 40 + 1, Math.random() * 60)
      for (const { code } of await recover(store, product)) found.add(code)
      const pointer = await readPointer(store)
      if (pointer.current === null) {
        expect(current).toBeNull()
        continue
      }
      current = pointer.current
      for (const set of await listSets(store)) expect(await isComplete(setDirectory(store, set))).toBe(true)
      // The contents follow from the name, so a mixed or torn set shows.
      const expected = laidOut(pointer.current)
      expect(contentsOf(setDirectory(store, pointer.current))).toEqual(expected)
      expect(readlinkSync(store.current)).toBe(pointer.current)
      expect(readUsage(readFileSync(store.usage, 'latin1'))).toEqual(new Map([[pointer.current, ['SMSMSE']]]))
      expect(readdirSync(store.virusDefs).filter((name) => name.endsWith('.tmp'))).toEqual([])
    }
    expect(current).not.toBeNull()
    // Else the kills all came between two updates, and nothing was tried.
    expect(found.size).toBeGreaterThan(0)
  })

  function laidOut(name: string): Record<string, string> {
    const other = quickFolder()
    const store = storeAt(other)
    laySet(store, name)
    const contents = contentsOf(join(store.virusDefs, name))
    rmSync(other, { recursive: true })
    return contents
  }
})
