import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compactFacts, FactBook, type FactDisk, readFacts } from '../../src/fleet/fact-file.ts'
import type { FactBody } from '../../src/fleet/facts.ts'
import { a, b } from './world.ts'

let folder: string
let reads = 0
const paths = () => ({ log: join(folder, 'facts.jsonl'), snapshot: join(folder, 'facts.json') })
const now = new Date('2026-11-22T06:00:00Z')

const disk: FactDisk = {
  async read(path) {
    reads += 1
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return null
    }
  },
  async mark(path) {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false })
    return found ? `${found.ino}-${found.size}-${found.mtimeNs}` : 'none'
  },
  append: async (path, text) => appendFileSync(path, text),
  replace: async (path, text) => writeFileSync(path, typeof text === 'string' ? text : [...text].join('')),
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-facts-'))
  reads = 0
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const opened = (ring: string, set = a): FactBody => ({ fact: 'opened', ring, set, by: 'controller' })
const book = () => new FactBook(paths(), disk)
const said = async () => (await readFacts(paths(), disk)).map(({ n, fact }) => `${n} ${fact}`)

describe('the facts of a fleet', () => {
  it('are read again only when somebody else wrote', async () => {
    const mine = book()
    await mine.add([{ fact: 'started' }, opened('canary')], now)
    reads = 0
    const first = await mine.read()
    expect(await mine.read()).toBe(first)
    expect(reads).toBe(0)
    await book().add([opened('broad')], now)
    expect((await mine.read()).map(({ n }) => n)).toEqual([1, 2, 3])
    await mine.add([opened('last')], now)
    expect(await said()).toEqual(['1 started', '2 opened', '3 opened', '4 opened'])
  })

  it('are numbered on when the newest of them were left out of the snapshot', async () => {
    await book().add([opened('canary', a), opened('canary', b)], now)
    await compactFacts((facts) => facts.slice(0, 1), paths(), disk, 0)
    await book().add([{ fact: 'complete', set: a }], now)
    expect(await said()).toEqual(['1 opened', '3 complete'])
  })

  it('are not taken for complete when one of them makes no sense or is gone', async () => {
    const broken = { code: 'STORE_RECORD' }
    await book().add([{ fact: 'started' }, opened('canary'), opened('broad')], now)
    const whole = readFileSync(paths().log, 'utf8')
    const [, second = ''] = whole.split('\n')
    for (const text of [
      whole.replace(`${second}\n`, ''),
      whole.replace('"opened"', '"enlarged"'),
      whole.replace(a, 'yesterday'),
      whole.replace('"by":"controller"', '"by":7'),
    ]) {
      writeFileSync(paths().log, text)
      await expect(readFacts(paths(), disk)).rejects.toMatchObject(broken)
      await expect(book().add([opened('x')], now)).rejects.toMatchObject(broken)
      expect(readFileSync(paths().log, 'utf8')).toBe(text)
    }
    writeFileSync(paths().log, whole)
    for (const text of [
      '',
      '[]',
      '{"schema":1}',
      '{"schema":1,"upTo":-1,"facts":[]}',
      '{"schema":1,"upTo":3,"facts":[7]}',
    ]) {
      writeFileSync(paths().snapshot, text)
      await expect(readFacts(paths(), disk)).rejects.toMatchObject(broken)
    }
    // What a crash tore was never acted upon.
    rmSync(paths().snapshot)
    appendFileSync(paths().log, '{"fact":"opened","ring":"canary","se')
    expect(await said()).toEqual(['1 started', '2 opened', '3 opened'])
  })
})
