import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DefsError } from '../../src/error.ts'
import { openScanner } from '../../src/scanner/kinds.ts'
import { activeSet, freshStore, realContext } from './world.ts'

let world: Awaited<ReturnType<typeof freshStore>>

beforeEach(async () => {
  world = await freshStore()
})
afterEach(() => rmSync(world.root, { recursive: true, force: true }))

const open = (argv: readonly string[], timeout = 20_000) =>
  openScanner({ kind: 'command', argv, timeout }, world.store, world.desk)
const script = (text: string, timeout?: number) => open(['/bin/sh', '-c', text, 'sh', '{set}'], timeout)

async function refusal(promise: Promise<unknown>): Promise<DefsError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(DefsError)
  return error as DefsError
}

function isRunning(pid: string): boolean {
  try {
    process.kill(Number(pid), 0)
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ')
  } catch {
    return false
  }
}

describe.skipIf(process.platform === 'win32')('the scanner that is told by a program', () => {
  it('gives the program the set, in arguments and variables', async () => {
    const out = join(world.root, 'out')
    process.env['DEFS_TEST_SECRET'] = 'secret'
    const scanner = script(
      `printf '%s|%s|%s|%s|%s' "$1" "$DEFS_SET" "$DEFS_SET_DIR" "$DEFS_PREVIOUS" "$DEFS_TEST_SECRET" > out`,
    )
    const { set: previous } = activeSet(world.store, '20261121.001')
    const active = activeSet(world.store, '20261121.002', previous)
    expect(await scanner.inUse()).toBeNull()
    const inUse = await scanner
      .handOver(active, realContext())
      .finally(() => delete process.env['DEFS_TEST_SECRET'])
    expect(inUse).toEqual({ set: '20261121.002', proof: 'command' })
    expect(readFileSync(out, 'utf8')).toBe(
      `${active.directory}|20261121.002|${active.directory}|20261121.001|`,
    )
    expect(await scanner.inUse()).toBe('20261121.002')
  })

  it('puts the folder inside an argument and asks no shell', async () => {
    const active = activeSet(world.store, '20261121.001')
    const scanner = open(['/usr/bin/touch', `${world.root}/$(id);x`, '--reference={set}/v.grd'])
    await scanner.handOver(active, realContext())
    expect(existsSync(join(world.root, '$(id);x'))).toBe(true)
  })

  it('refuses the set when the program fails, with the end of what it printed', async () => {
    const scanner = script('head -c 100000 /dev/zero | tr "\\0" x; echo out; echo err >&2; exit 3')
    const error = await refusal(scanner.handOver(activeSet(world.store, '20261121.001'), realContext()))
    expect(error.code).toBe('SCANNER_REFUSED')
    expect(error.message).toMatch(/out/)
    expect(error.message).toMatch(/err/)
    expect(error.message.length).toBeLessThan(9_000)
    expect(await scanner.inUse()).toBeNull()
  })

  it('forgets that it took a set when it is told of it anew and does not take it', async () => {
    const active = activeSet(world.store, '20261121.001')
    for (const text of ['exit 3', 'kill -9 $$']) {
      await script('exit 0').handOver(active, realContext())
      expect(await script(text).inUse()).toBe('20261121.001')
      await script(text)
        .handOver(active, realContext())
        .catch(() => undefined)
      expect(await script(text).inUse()).toBeNull()
      expect((await script(text).sight(active.set)).state).toBe('other')
    }
    await script('exit 0').handOver(active, realContext())
    const next = activeSet(world.store, '20261121.002', active.set)
    await refusal(script('exit 3').handOver(next, realContext()))
    expect(await script('exit 3').inUse()).toBe('20261121.001')
  })

  it('says nothing of the set when it is not there, cannot be run, or a signal ends it', async () => {
    const active = activeSet(world.store, '20261121.001')
    const undecided = [script('kill -9 $$'), script('exit 126'), script('exit 127'), open([world.root])]
    for (const scanner of [open(['/no/such/program']), ...undecided]) {
      expect(await scanner.handOver(active, realContext())).toHaveProperty('absent')
    }
  })

  it('ends the program and its children when the time is over', async () => {
    const scanner = script(
      'sleep 600 & echo $! > child; echo $$ > parent; trap "" TERM; wait; sleep 600',
      300,
    )
    const handing = scanner.handOver(activeSet(world.store, '20261121.001'), realContext())
    expect(await handing).toHaveProperty('absent', expect.stringContaining('did not end within'))
    for (const name of ['child', 'parent']) {
      expect(isRunning(readFileSync(join(world.root, name), 'utf8').trim())).toBe(false)
    }
  })

  it('ends the program when the run is interrupted', async () => {
    const controller = new AbortController()
    const scanner = script('exec sleep 600')
    const handing = scanner.handOver(activeSet(world.store, '20261121.001'), realContext(controller.signal))
    setTimeout(() => controller.abort(), 100)
    expect((await refusal(handing)).code).toBe('INTERRUPTED')
    const late = script('touch started').handOver(
      activeSet(world.store, '20261121.001'),
      realContext(AbortSignal.abort()),
    )
    expect((await refusal(late)).code).toBe('INTERRUPTED')
    expect(existsSync(join(world.root, 'started'))).toBe(false)
  })

  it('does not wait for a service that the program started', async () => {
    const scanner = script('sleep 600 & echo $! > child; exit 0')
    await scanner.handOver(activeSet(world.store, '20261121.001'), realContext())
    const child = readFileSync(join(world.root, 'child'), 'utf8').trim()
    expect(isRunning(child)).toBe(true)
    process.kill(Number(child), 'SIGKILL')
  })
})
