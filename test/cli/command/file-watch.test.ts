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
  it('that stays the same never changed', () => {
    const changed = watchFile(file)
    expect([changed(), changed(), changed()]).toEqual(['no', 'no', 'no'])
  })

  it('has changed once two looks agree, and only once', () => {
    const changed = watchFile(file)
    changed()
    writeFileSync(file, 'a half')
    expect(changed()).toBe('perhaps')
    writeFileSync(file, 'a half and the other')
    expect(changed()).toBe('perhaps')
    expect(changed()).toBe('yes')
    expect([changed(), changed()]).toEqual(['no', 'no'])
  })

  it('that was replaced or taken away has changed', () => {
    const changed = watchFile(file)
    changed()
    writeFileSync(`${file}.new`, 'two')
    renameSync(`${file}.new`, file)
    expect([changed(), changed()]).toEqual(['perhaps', 'yes'])
    rmSync(file)
    expect([changed(), changed()]).toEqual(['perhaps', 'yes'])
  })

  it('that nobody named never changes', () => {
    const changed = watchFile(null)
    expect([changed(), changed()]).toEqual(['no', 'no'])
  })
})
