import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { overrule } from '../../src/gate/gate.ts'
import { gateWorld, outcomesOf } from './world.ts'

let world: ReturnType<typeof gateWorld>
beforeEach(() => {
  world = gateWorld()
})
afterEach(() => world.remove())

describe.skipIf(process.platform === 'win32')('the command of the gate', () => {
  it('is told of the set and of the live one, without a shell and with nothing to read', async () => {
    const current = world.lying('20261120.001', { a: 'a' })
    const one = world.candidate({ a: 'a' }, { current })
    const program = world.script(
      'printf "%s|%s|%s|%s|%s|" "$1" "$2" "$DEFS_SET" "$DEFS_SET_DIR" "$DEFS_CURRENT_DIR" > told; cat >> told',
    )
    const findings = await world.judge(one, { command: [program, '{set}', '$(id);x'] })
    expect(outcomesOf(findings)).toMatchObject({ command: 'passed' })
    expect(readFileSync(join(world.root, 'scratch', 'told'), 'utf8')).toBe(
      `${one.directory}|$(id);x|20261121.001|${one.directory}|${current.directory}|`,
    )
  })

  it('refuses with any other status, and what it printed is kept', async () => {
    const program = world.script('echo rule 7 does not compile >&2; exit 3')
    const findings = await world.judge(world.candidate({ a: 'a' }), { command: [program] })
    const command = findings.find(({ check }) => check === 'command')
    expect(command?.outcome).toBe('failed')
    expect(command?.text).toContain('rule 7 does not compile')
  })

  it('keeps no more than a bounded text of what was printed', async () => {
    const program = world.script('yes | head -c 1000000; exit 3')
    const findings = await world.judge(world.candidate({ a: 'a' }), { command: [program] })
    expect(findings.map(({ text }) => text.length).every((length) => length <= 1000)).toBe(true)
  })

  it.each([
    ['does not end', 'sleep 60'],
    ['is not there', null],
  ])('decides nothing when it %s', async (_, text) => {
    const program = text === null ? join(world.root, 'nowhere') : world.script(text)
    const findings = await world.judge(world.candidate({ a: 'a' }), { command: [program], timeout: 1000 })
    expect(outcomesOf(findings)).toMatchObject({ command: 'undecided' })
  })
})

describe('overrule', () => {
  const all = (['size', 'engine', 'detect', 'clean', 'command'] as const).map((check) => ({
    check,
    outcome: 'failed' as const,
    text: '',
    overruled: false,
  }))
  const overruled = (force: boolean, allowed: boolean) =>
    overrule(all, { force, allowed }).flatMap((one) => (one.overruled ? [one.check] : []))

  it('takes nothing by itself, --force an unusual size, --allow all that loads', () => {
    expect(overruled(false, false)).toEqual([])
    expect(overruled(true, false)).toEqual(['size'])
    expect(overruled(false, true)).toEqual(['size', 'detect', 'clean', 'command'])
  })

  it('marks nothing that passed', () => {
    const passed = all.map((one) => ({ ...one, outcome: 'passed' as const }))
    expect(overrule(passed, { force: true, allowed: true })).toEqual(passed)
  })
})
