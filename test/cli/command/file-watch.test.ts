import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { watchFile } from '../../../src/cli/command/daemon.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-watch-'))
  file = join(folder, 'defs.yaml')
  writeFileSync(file, 'one')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a watched file', () => {
  it('that stays the same never changed', async () => {
    const changed = watchFile(file)
    expect([await changed(), await changed(), await changed()]).toEqual([false, false, false])
  })

  it('has changed once two looks agree, and only once', async () => {
    const changed = watchFile(file)
    await changed()
    writeFileSync(file, 'a half')
    expect(await changed()).toBe(false)
    writeFileSync(file, 'a half and the other')
    expect(await changed()).toBe(false)
    expect(await changed()).toBe(true)
    expect([await changed(), await changed()]).toEqual([false, false])
  })

  it('that was replaced or taken away has changed', async () => {
    const changed = watchFile(file)
    await changed()
    writeFileSync(`${file}.new`, 'two')
    renameSync(`${file}.new`, file)
    expect([await changed(), await changed()]).toEqual([false, true])
    rmSync(file)
    expect([await changed(), await changed()]).toEqual([false, true])
  })

  it('that nobody named never changes', async () => {
    const changed = watchFile(null)
    expect([await changed(), await changed()]).toEqual([false, false])
  })
})
