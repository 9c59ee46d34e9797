import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSpool } from '../../../src/event/spool/queue.ts'
import { limits } from '../../../src/limits.ts'
import { eventAt, type Folder, makeFolder } from '../sink/world.ts'

let folder: Folder
beforeEach(() => {
  folder = makeFolder()
})
afterEach(() => folder.remove())

describe('a spool', () => {
  it('gives events back in their order, to another process too', () => {
    const path = join(folder.path, 'a', 'b')
    const spool = openSpool(path)
    expect(spool.list()).toEqual([])
    const events = [3, 1, 2, 2].map((second, index) => eventAt(second, { message: `${index}` }))
    for (const event of events) expect(spool.put(event)).toBe(0)
    const other = openSpool(path)
    const files = other.list()
    expect(files.map((file) => other.read(file)?.message)).toEqual(['1', '2', '3', '0'])
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o700)
    other.remove(files.slice(0, 3))
    expect(spool.list()).toEqual(files.slice(3))
  })

  it('lets the oldest go when it is full', () => {
    const spool = openSpool(folder.path)
    let dropped = 0
    for (let second = 0; second < limits.spoolEntries + 3; second += 1) dropped += spool.put(eventAt(second))
    expect(dropped).toBe(3)
    const files = spool.list()
    expect(files).toHaveLength(limits.spoolEntries)
    expect(spool.read(files[0] ?? '')?.time).toBe(eventAt(3).time)
  })

  it('cuts an event that is too large, and keeps it an event', () => {
    const spool = openSpool(folder.path)
    const long = '\u0001ä"'.repeat(100_000)
    spool.put(eventAt(0, { message: long, reason: long, path: long }))
    const [file = ''] = spool.list()
    expect(statSync(join(folder.path, file)).size).toBeLessThanOrEqual(limits.spoolEntry)
    expect(spool.read(file)).toMatchObject({ id: 1000, errorCode: 'FETCH_SIZE' })
  })

  it('has no event where a crash left something else', () => {
    const spool = openSpool(folder.path)
    spool.put(eventAt(0))
    const [file = ''] = spool.list()
    writeFileSync(join(folder.path, file), '{"time"')
    expect(spool.read(file)).toBeNull()
    expect(spool.read('000000000000000-000000-00000000.json')).toBeNull()
    writeFileSync(join(folder.path, `${file}.tmp`), 'x')
    writeFileSync(join(folder.path, 'notes.json'), '{}')
    expect(spool.list()).toEqual([file])
  })
})
