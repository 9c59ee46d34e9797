import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { canaryLine, canaryName, canaryText } from '../../src/clamav/canary.ts'
import { parseSetName } from '../../src/set-name.ts'

describe('the canary of a set', () => {
  const set = parseSetName('20261122.812')
  const other = parseSetName('20261122.813')

  it('is a hash signature of its own text', () => {
    const [hash, size, name] = canaryLine(set).trimEnd().split(':')
    expect(hash).toBe(createHash('sha256').update(canaryText(set)).digest('hex'))
    expect(size).toBe(String(canaryText(set).length))
    expect(name).toBe(canaryName(set))
  })

  it('differs from set to set', () => {
    expect(canaryLine(set)).not.toBe(canaryLine(other))
    expect(canaryName(set)).not.toBe(canaryName(other))
  })
})
