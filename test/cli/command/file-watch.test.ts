import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { watchFile, watchProgram } from '../../../src/cli/watch-file.ts'

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

describe('the program of a daemon', () => {
  it('has changed when other contents lie in its place, found through links, and not while it is away', () => {
    mkdirSync(join(folder, 'bin'))
    mkdirSync(join(folder, 'dist', 'bundle'), { recursive: true })
    writeFileSync(join(folder, 'bin', 'defs.js'), '')
    symlinkSync(join(folder, 'bin', 'defs.js'), join(folder, 'defs'))
    const path = join(folder, 'dist', 'bundle', 'run.js')
    const put = (text: string) => {
      writeFileSync(`${path}.new`, text)
      renameSync(`${path}.new`, path)
    }
    put('first')
    const program = watchProgram(join(folder, 'defs'))
    const looks = () => [program.changed(), program.changed(), program.changed()]
    expect([program.path, looks()]).toEqual([path, ['no', 'no', 'no']])
    put('first')
    expect(looks()).toEqual(['perhaps', 'no', 'no'])
    rmSync(path)
    expect(looks()).toEqual(['perhaps', 'no', 'no'])
    put('second')
    expect(looks()).toEqual(['perhaps', 'yes', 'no'])
  })

  it('that is no bundle never changed', () => {
    const program = watchProgram(join(folder, 'nothing'))
    expect([program.changed(), program.changed()]).toEqual(['no', 'no'])
  })
})
