import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openPackage } from '../../src/archive/open.ts'
import { limits } from '../../src/limits.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-newest-'))
  mkdirSync(join(folder, 'set'))
  for (const [name, day] of [
    ['a', '03'],
    ['b', '20'],
    ['c', '11'],
  ] as const) {
    writeFileSync(join(folder, name), name)
    utimesSync(join(folder, name), new Date(), new Date(`2026-11-${day}T12:00:00.500Z`))
  }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

// A zip without its extra fields has the time of no zone.
it.each([
  ['zip', ['zip', '-q', 'pack', 'a', 'b', 'c'], '2026-11-20T12:00:00.000Z'],
  ['zip of old', ['zip', '-q', '-X', 'pack', 'a', 'b', 'c'], '2026-11-20T12:00:00.000Z'],
  ['tar', ['tar', '-cf', 'pack.zip', 'a', 'b', 'c'], '2026-11-20T12:00:00.000Z'],
  ['pax', ['tar', '--format=pax', '-czf', 'pack.zip', 'a', 'b', 'c'], '2026-11-20T12:00:00.500Z'],
] as const)('of a %s is the time of its newest member', async (_, [program, ...args], newest) => {
  execFileSync(program, args, { cwd: folder, env: { ...process.env, TZ: 'UTC' } })
  const { signal } = new AbortController()
  const context = { now: () => new Date(), sleep: async () => {}, random: () => 0.5, signal, emit: () => {} }
  const opened = await openPackage(join(folder, 'pack.zip'), join(folder, 'set'), {
    limits,
    algorithms: [],
    context,
    signal,
  })
  expect(opened.newest?.toISOString()).toBe(newest)
})
