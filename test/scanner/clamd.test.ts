import { rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadedNumber, numberOfSet } from '../../src/scanner/clamd-version.ts'
import { openScanner } from '../../src/scanner/kinds.ts'
import { activeSet, freshStore, realContext } from './world.ts'

let world: Awaited<ReturnType<typeof freshStore>>
let server: Server | undefined
let socket: string

beforeEach(async () => {
  world = await freshStore()
  socket = join(world.root, 'clamd.sock')
})
afterEach(async () => {
  await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()))
  server = undefined
  rmSync(world.root, { recursive: true, force: true })
})

/** Speaks clamd's session: one command a connection, commands begun by `n` and ended by a line end. */
async function clamd(answer: (command: string) => string, at: string | number = socket): Promise<number> {
  const listening = createServer((connection) => {
    connection.on('error', () => undefined)
    connection.once('data', (bytes) => {
      const command = /^n([A-Z]+)\n$/.exec(bytes.toString())?.[1] ?? ''
      connection.end(`${answer(command)}\n`)
    })
  })
  server = listening
  await new Promise<void>((resolve) =>
    typeof at === 'number' ? listening.listen(at, '127.0.0.1', resolve) : listening.listen(at, resolve),
  )
  const address = listening.address()
  return typeof address === 'object' && address ? address.port : 0
}

/** Counts pauses instead of making them. */
function countingContext() {
  let pauses = 0
  async function sleep(): Promise<void> {
    pauses += 1
  }
  const context = { ...realContext(), sleep }
  return { context, pauses: () => pauses }
}

const scanner = (at = socket) => openScanner({ kind: 'clamd', socket: at }, world.store, world.desk)

function numberedSet(name: string, number: number) {
  const active = activeSet(world.store, name)
  writeFileSync(
    join(active.directory, 'daily.cvd'),
    `ClamAV-VDB:21 Nov 2026 06-00 +0000:${number}:100:90:X:X:test:0`,
  )
  return active
}

describe('clamd', () => {
  it('is told to reload, and believed when it shows the number of the set', async () => {
    let asked = 0
    const commands: string[] = []
    await clamd((command) => {
      commands.push(command)
      if (command === 'RELOAD') return 'RELOADING'
      asked += 1
      return `ClamAV 1.4.6/${asked < 4 ? 3 : 6}/Wed Jun 23 00:40:09 2021`
    })
    const { context, pauses } = countingContext()
    const active = numberedSet('20261121.001', 6)
    expect(await scanner().handOver(active, context)).toEqual({ set: '20261121.001', proof: 'version' })
    expect(commands).toEqual(['RELOAD', 'VERSION', 'VERSION', 'VERSION', 'VERSION'])
    expect(pauses()).toBe(4)
    expect(await scanner().inUse()).toBe('20261121.001')
  })

  it.each([
    ['keeps its old engine', 'ClamAV 1.4.6/3/Wed Jun 23 00:40:09 2021'],
    ['has lost its engine', 'ClamAV 1.4.6/4294967295/invalid timestam'],
    ['says something else', 'UNKNOWN COMMAND'],
  ])('refuses the set when it %s', async (_, version) => {
    await clamd((command) => (command === 'RELOAD' ? 'RELOADING' : version))
    const handing = scanner().handOver(numberedSet('20261121.001', 6), countingContext().context)
    await expect(handing).rejects.toMatchObject({ code: 'SCANNER_REFUSED' })
    expect(await scanner().inUse()).toBeNull()
  })

  it('is asked over TCP too, and told apart from a set without a number', async () => {
    const port = await clamd((command) => (command === 'RELOAD' ? 'RELOADING' : 'ClamAV 1.4.6'), 0)
    const active = activeSet(world.store, '20261121.001')
    for (const at of [`127.0.0.1:${port}`, `tcp://127.0.0.1:${port}`]) {
      expect(await scanner(at).handOver(active, countingContext().context)).toEqual({
        set: active.set,
        proof: 'reload',
      })
    }
  })

  it('refuses the set when it is not there or does not know RELOAD', async () => {
    const active = activeSet(world.store, '20261121.001')
    await expect(scanner().handOver(active, realContext())).rejects.toMatchObject({ code: 'SCANNER_REFUSED' })
    expect(await scanner().inUse()).toBeNull()
    await clamd(() => 'COMMAND UNAVAILABLE')
    await expect(scanner().handOver(active, realContext())).rejects.toMatchObject({ code: 'SCANNER_REFUSED' })
  })

  it('ends waiting when the run is interrupted', async () => {
    const controller = new AbortController()
    await clamd((command) => {
      if (command === 'VERSION') controller.abort()
      return command === 'RELOAD' ? 'RELOADING' : 'ClamAV 1.4.6/3/x'
    })
    const handing = scanner().handOver(numberedSet('20261121.001', 6), realContext(controller.signal))
    await expect(handing).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })
})

describe('the numbers of clamd', () => {
  it.each([
    ['ClamAV 1.4.6/27391/Wed Jun 23 00:40:09 2021', 27_391],
    ['ClamAV 1.4.6', null],
    ['ClamAV 1.4.6/4294967295/invalid timestam', undefined],
    ['', undefined],
  ])('reads %j', (answer, number) => {
    expect(loadedNumber(answer)).toBe(number)
  })

  it("come from the head of the set's daily database", async () => {
    expect(await numberOfSet(numberedSet('20261121.001', 27_391).directory)).toBe(27_391)
    expect(await numberOfSet(activeSet(world.store, '20261121.002').directory)).toBeNull()
  })
})
