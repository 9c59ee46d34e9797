import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tarEnd, tarHeader, tarPadding } from '../../src/airgap/write-bundle.ts'

let work: string
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'defs-tar-'))
})
afterEach(() => rmSync(work, { recursive: true, force: true }))

const at = new Date('2026-11-21T12:00:00Z')
const names = ['v.grd', 'deep/er/file.dat', 'x'.repeat(100), 'y'.repeat(101), `${'z/'.repeat(60)}é.dat`, 'ü']

describe('tarHeader', () => {
  it('makes members that GNU tar reads, whatever they are called', () => {
    const pieces = names.flatMap((name, index) => {
      const content = Buffer.from(`${name}\n`.repeat(index * 7))
      return [tarHeader(name, content.length, at), content, tarPadding(content.length)]
    })
    const file = join(work, 'a.tar')
    writeFileSync(file, Buffer.concat([...pieces, tarEnd]))
    const listed = execFileSync('tar', ['--quoting-style=literal', '-tf', file], { encoding: 'utf8' })
    expect(listed.trim().split('\n')).toEqual(names)
    execFileSync('tar', ['-xf', file, '-C', work])
    for (const [index, name] of names.entries())
      expect(readFileSync(join(work, name), 'utf8')).toBe(`${name}\n`.repeat(index * 7))
  })

  it('is the same for the same member, and refuses what no header can tell', () => {
    expect(tarHeader('a', 5, at)).toEqual(tarHeader('a', 5, at))
    expect(tarHeader('a', 5, at)).toHaveLength(512)
    expect(() => tarHeader('a', 8 ** 11, at)).toThrow()
  })
})
