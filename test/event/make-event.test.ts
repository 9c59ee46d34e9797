import { describe, expect, it } from 'vitest'
import { catalogue, type EventKind, explainEvent } from '../../src/event/catalogue.ts'
import { makeEvent, readEvent } from '../../src/event/make-event.ts'
import { compareVersions, mechanismExists } from '../../src/event/version.ts'

const now = new Date('2026-11-21T10:00:00Z')
const world = { now, productVersion: '6.5.8' }

describe('makeEvent', () => {
  it('takes number, level and text from the catalogue', () => {
    expect(makeEvent('definitions.updated', { source: 'rapid', path: '/p' }, world)).toEqual({
      time: '2026-11-21T10:00:00.000Z',
      id: 30,
      name: 'definitions.updated',
      level: 'information',
      message: 'Virus Definitions Update was successful',
      set: null,
      path: '/p',
      source: 'rapid',
      errorCode: null,
    })
  })

  it('holds no login and no key of an address, whoever wrote it into a fact', () => {
    const address = 'https://me:p-secret@host.test/rules?key=q-secret'
    const event = makeEvent('source.left', { path: address, reason: `${address}: 404`, source: 'one' }, world)
    expect(JSON.stringify(event)).not.toMatch(/secret/)
    expect(event).toMatchObject({
      path: 'https://host.test/rules?...',
      reason: 'https://host.test/rules?... 404',
    })
  })

  it('is read back, and not where other hands wrote something else than a text', () => {
    const event = makeEvent('definitions.updated', { source: 'rapid', path: '/p' }, world)
    expect(readEvent(JSON.stringify(event))).toEqual(event)
    for (const harm of [{ set: 5 }, { source: {} }, { errorCode: [] }, { user: true }])
      expect(readEvent(JSON.stringify({ ...event, ...harm }))).toBeUndefined()
  })

  it('cuts what somebody answers without measure', () => {
    const reason = 'x'.repeat(1_000_000)
    const checks = Array<string>(1000).fill(reason)
    const event = makeEvent('source.left', { path: 'a', reason, checks }, world)
    expect(event.reason).toMatch(/^x{8192}\.\.\.$/)
    expect(JSON.stringify(event).length).toBeLessThan(1_000_000)
  })

  it('fills the blanks of the text', () => {
    const facts = { path: '/store/20261121.001', errorCode: 'TRUST_DIGEST' } as const
    expect(makeEvent('definitions.rolled-back', facts, world).message).toBe(
      'Virus definitions authenticity check failed. Server will try to use previous virus definitions /store/20261121.001 Error code: TRUST_DIGEST',
    )
    expect(makeEvent('source.left', { path: 'a', reason: '<path> $& <until>' }, world).message).toBe(
      'Left a for the next one: <path> $& <until>',
    )
    expect(makeEvent('source.cooling-down', { until: '2026-11-22T00:00:00Z' }, world).message).toContain(
      '2026-11-22T00:00:00Z',
    )
  })

  it('leaves no blank open in any event', () => {
    for (const name of Object.keys(catalogue) as (keyof typeof catalogue)[]) {
      expect(makeEvent(name, {}, world).message).not.toMatch(/<[a-z]+>/)
    }
  })

  it.each([
    ['6.5.8', [399, 400, 401]],
    ['6.0.12', [393, 394, 395]],
    ['6.0', [393, 394, 395]],
    ['6.5.1', [399, 400, 401]],
    ['7.0.0', [399, 400, 401]],
  ])('numbers the failure ladder for version %s as %j', (productVersion, ids) => {
    const names = ['definitions.rolled-back', 'definitions.missing', 'scanner.failed'] as const
    expect(names.map((name) => makeEvent(name, {}, { now, productVersion }).id)).toEqual(ids)
    expect(makeEvent('definitions.updated', {}, { now, productVersion }).id).toBe(30)
  })

  it('takes a text of its own and further facts', () => {
    const event = makeEvent('update.failed', { message: 'own', count: 3, errorCode: 'BUG' }, world)
    expect(event).toMatchObject({ message: 'own', count: 3, errorCode: 'BUG', id: 1000 })
  })
})

describe('the catalogue', () => {
  it('gives each number to one event', () => {
    const kinds: EventKind[] = Object.values(catalogue)
    const ids = kinds.flatMap(({ id, id60 }) => [id, ...(id60 === undefined ? [] : [id60])])
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('explainEvent', () => {
  it.each([
    ['30', 'definitions.updated'],
    [399, 'definitions.rolled-back'],
    ['393', 'definitions.rolled-back'],
    ['definitions.missing', 'definitions.missing'],
    [' Scanner.Failed ', 'scanner.failed'],
  ])('knows %j', (asked, name) => {
    expect(explainEvent(asked)).toMatchObject({ name })
  })

  it.each(['', '31', 'undefined', 'toString', '-30'])('does not know %j', (asked) => {
    expect(explainEvent(asked)).toBeUndefined()
  })
})

describe('product versions', () => {
  it('compare number by number', () => {
    expect(compareVersions('6.0.12', '6.0.9')).toBeGreaterThan(0)
    expect(compareVersions('6.5', '6.5.0')).toBe(0)
    expect(compareVersions('6.5.8', '7')).toBeLessThan(0)
  })

  it.each([
    ['6.0.11', false],
    ['6.0.12', true],
    ['6.0.13', true],
    ['6.1.0', false],
    ['6.5.0', false],
    ['6.5.1', true],
    ['6.5.12', true],
    ['7.0.0', true],
    ['5.9.99', false],
  ])('%s has the failure ladder: %s', (version, has) => {
    expect(mechanismExists(version)).toBe(has)
  })
})
