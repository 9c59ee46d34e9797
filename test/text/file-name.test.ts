import { describe, expect, it } from 'vitest'
import { limits } from '../../src/limits.ts'
import { isAddressName, isPlainName, isPlainPath, nameFault } from '../../src/text/file-name.ts'

describe('a name that a stranger wrote', () => {
  it.each(['v.sig', 'virscan1.dat', '20261121-003-x86.exe', 'a b', '.hidden', 'conx', 'größe.dat', 'a..b'])(
    '%j is one file on every system',
    (name) => expect(nameFault(name)).toBeNull(),
  )

  it.each([
    ['a\u0000b', 'control'],
    ['a\u202etxt', 'control'],
    ['a\u0085b', 'control'],
    ['..', 'escapes'],
    ['.. ', 'escapes'],
    ['...', 'escapes'],
    ['con', 'device'],
    ['CONOUT$.zip', 'device'],
    ['clock$', 'device'],
    ['lpt\u00b9.dat', 'device'],
    ['nul .txt', 'device'],
    ['', 'invalid'],
    ['.', 'invalid'],
    ['a.', 'invalid'],
    [' a', 'invalid'],
    ['a\u3000', 'invalid'],
    ['a/b', 'invalid'],
    ['a\\b', 'invalid'],
    ['c:x', 'invalid'],
    ['a?', 'invalid'],
    ['\ufffd', 'invalid'],
    ['\ud800', 'invalid'],
  ])('%j: %s', (name, fault) => {
    expect(nameFault(name)).toBe(fault)
    expect([isPlainName(name), isAddressName(name)]).toEqual([false, false])
  })

  it('has its bounds, in bytes and in folders', () => {
    expect(isPlainName('ä'.repeat(limits.name / 2))).toBe(true)
    expect(isPlainName(`${'ä'.repeat(limits.name / 2)}x`)).toBe(false)
    expect(
      isPlainPath(
        Array(limits.depth + 1)
          .fill('a')
          .join('/'),
      ),
    ).toBe(true)
    expect(
      isPlainPath(
        Array(limits.depth + 2)
          .fill('a')
          .join('/'),
      ),
    ).toBe(false)
    expect(isPlainPath('a//b')).toBe(false)
    expect(isPlainPath('a/../b')).toBe(false)
  })

  it.each(['50%25.zip', 'größe.zip', 'a..b'])('%j is a file, and nothing to put into an address', (name) => {
    expect([isPlainName(name), isAddressName(name)]).toEqual([true, false])
  })
})
