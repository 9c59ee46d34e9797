import { appendFileSync, cpSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { canaryFile, canaryLine, canaryName, canaryText } from '../../src/clamav/canary.ts'
import { limits } from '../../src/limits.ts'
import { askClamd, loadedNumber, numberOfSet } from '../../src/scanner/clamd-session.ts'
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

/**
 * Speaks clamd's session: one command a connection, commands begun by `n` and ended by a line end, INSTREAM followed by
 * its pieces. A null answer closes the connection.
 */
async function clamd(
  answer: (command: string, stream: string) => string | null,
  at: string | number = socket,
): Promise<number> {
  const listening = createServer((connection) => {
    connection.on('error', () => undefined)
    let asked = Buffer.alloc(0)
    connection.on('data', (bytes) => {
      asked = Buffer.concat([asked, bytes])
      const command = /^n([A-Z]+)\n/.exec(asked.toString('latin1'))?.[1] ?? ''
      const stream = asked.subarray(command.length + 2)
      // The last piece has no length.
      if (command === 'INSTREAM' && !stream.subarray(-4).equals(Buffer.alloc(4))) return
      const said = answer(command, stream.subarray(4, -4).toString())
      if (said === null) connection.destroy()
      else connection.end(`${said}\n`)
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

const scanner = (
  at = socket,
  more: { canary?: string; restart?: string[]; timeout?: number; conf?: string } = {},
) =>
  openScanner(
    { kind: 'clamd', socket: at, timeout: 180_000, canary: null, restart: [], conf: null, ...more },
    world.store,
    world.desk,
  )

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
    expect(await scanner().handOver(active, context)).toMatchObject({
      set: '20261121.001',
      proof: 'version',
    })
    expect(commands).toEqual(['VERSION', 'RELOAD', 'VERSION', 'VERSION', 'VERSION'])
    expect(pauses()).toBe(3)
    expect(await scanner().inUse()).toBe('20261121.001')
  })

  it.each([['keeps its old engine', 'ClamAV 1.4.6/3/Wed Jun 23 00:40:09 2021']])(
    'refuses the set when it %s, after the time it was given',
    async (_, version) => {
      await clamd((command) => (command === 'RELOAD' ? 'RELOADING' : version))
      const { context, pauses } = countingContext()
      const handing = scanner().handOver(numberedSet('20261121.001', 6), context)
      await expect(handing).rejects.toMatchObject({ code: 'SCANNER_REFUSED' })
      expect(pauses() * limits.scannerPoll).toBeGreaterThan(limits.scannerLoad / 2)
      expect(pauses() * limits.scannerPoll).toBeLessThanOrEqual(limits.scannerLoad + limits.scannerPoll)
      expect(await scanner().inUse()).toBeNull()
    },
  )

  it('refuses the set at once when clamd has lost its engine over it, and tells such a one nothing', async () => {
    const lost = 'ClamAV 1.4.6/4294967295/invalid timestam'
    const commands: string[] = []
    await clamd((command) => {
      commands.push(command)
      if (command === 'RELOAD') return 'RELOADING'
      return commands.includes('RELOAD') ? lost : 'ClamAV 1.4.6/3/x'
    })
    const { context, pauses } = countingContext()
    const active = numberedSet('20261121.001', 6)
    await expect(scanner().handOver(active, context)).rejects.toMatchObject({ code: 'SCANNER_REFUSED' })
    expect(pauses() * limits.scannerPoll).toBeLessThan(limits.clamdLost * 2)
    expect(await scanner().inUse()).toBeNull()
    commands.length = 1
    commands[0] = 'RELOAD'
    expect(await scanner().handOver(active, context)).toHaveProperty('absent')
    expect(commands).toEqual(['RELOAD', 'VERSION'])
  })

  it('is asked over TCP too, and told apart from a set without a number', async () => {
    const port = await clamd((command) => (command === 'RELOAD' ? 'RELOADING' : 'ClamAV 1.4.6'), 0)
    const active = activeSet(world.store, '20261121.001')
    for (const at of [`127.0.0.1:${port}`, `tcp://127.0.0.1:${port}`]) {
      expect(await scanner(at).handOver(active, countingContext().context)).toMatchObject({
        set: active.set,
        proof: 'reload',
        lack: expect.any(String),
      })
    }
  })

  it('that cannot be told says nothing of the set', async () => {
    const active = activeSet(world.store, '20261121.001')
    const { context } = countingContext()
    expect(await scanner().handOver(active, context)).toHaveProperty('absent')
    expect(await scanner('127.0.0.1:9').handOver(active, context)).toHaveProperty('absent')
    expect(await scanner().inUse()).toBeNull()
    let asked = 0
    await clamd((command) => {
      asked += 1
      return command === 'VERSION' ? 'ClamAV 1.4.6/3/x' : 'COMMAND UNAVAILABLE'
    })
    expect(await scanner().handOver(active, context)).toHaveProperty('absent')
    expect(asked).toBe(2)
  })

  it('is told again when it drops the connection half way', async () => {
    let asked = 0
    await clamd((command) => {
      asked += 1
      if (asked < limits.clamdTells) return null
      return command === 'RELOAD' ? 'RELOADING' : 'ClamAV 1.4.6/6/x'
    })
    const told = await scanner().handOver(numberedSet('20261121.001', 6), countingContext().context)
    expect(told).toMatchObject({ proof: 'version' })
  })

  it('is waited for when it starts anew over the set', async () => {
    let asked = 0
    await clamd((command) => {
      if (command === 'RELOAD') return 'RELOADING'
      asked += 1
      // The first question comes before RELOAD.
      if (asked > 1 && asked < 20) return null
      return `ClamAV 1.4.6/${asked === 1 ? 3 : 6}/x`
    })
    const told = await scanner().handOver(numberedSet('20261121.001', 6), countingContext().context)
    expect(told).toMatchObject({ proof: 'version' })
  })

  it('is not waited for when it stays away', async () => {
    await clamd((command) => {
      if (command === 'RELOAD') server?.close()
      return command === 'RELOAD' ? 'RELOADING' : 'ClamAV 1.4.6/3/x'
    })
    const { context, pauses } = countingContext()
    const handing = scanner().handOver(numberedSet('20261121.001', 6), context)
    await expect(handing).rejects.toMatchObject({ code: 'SCANNER_REFUSED' })
    expect(pauses() * limits.scannerPoll).toBeLessThanOrEqual(limits.clamdGone + 2 * limits.scannerPoll)
    server = undefined
  })

  it('is told once more when it forgot', async () => {
    let reloads = 0
    await clamd((command) => {
      if (command === 'RELOAD') reloads += 1
      return command === 'RELOAD' ? 'RELOADING' : `ClamAV 1.4.6/${reloads < 2 ? 3 : 6}/x`
    })
    const told = await scanner().handOver(numberedSet('20261121.001', 6), countingContext().context)
    expect([told, reloads]).toMatchObject([{ proof: 'version' }, 2])
  })

  it.each([
    ['endless answers', 'ClamAV '.repeat(100_000)],
    ['answers of another program', 'HTTP/1.1 400 Bad Request'],
  ])('takes %s for no answer', async (_, text) => {
    await clamd(() => text)
    const active = numberedSet('20261121.001', 6)
    expect(await scanner().handOver(active, countingContext().context)).toHaveProperty('absent')
    expect(await scanner().ailment(active)).not.toBeNull()
  })

  it('is told no longer than scanner.timeout when it says nothing, all tries together', async () => {
    let asked = 0
    const listening = createServer((connection) => {
      asked += 1
      connection.on('error', () => undefined).resume()
    })
    server = listening
    await new Promise<void>((resolve) => listening.listen(socket, resolve))
    const told = scanner(socket, { timeout: 1000 }).handOver(
      numberedSet('20261121.001', 6),
      countingContext().context,
    )
    expect(await told).toHaveProperty('absent')
    // Its time is over then: it is not tried again.
    expect(asked).toBe(1)
  })

  it('bounds a question as a whole, not the silence between two bytes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let begun = () => undefined as unknown
      const asked = new Promise((resolve) => {
        begun = () => resolve(undefined)
      })
      const listening = createServer((connection) => {
        connection.on('error', () => undefined)
        connection.once('data', begun)
        const drip = setInterval(() => connection.write('x'), 5)
        connection.once('close', () => clearInterval(drip))
      })
      server = listening
      await new Promise<void>((resolve) => listening.listen(socket, resolve))
      const asking = expect(askClamd(socket, 'VERSION')).rejects.toThrow()
      await asked
      await vi.advanceTimersByTimeAsync(limits.clamdAnswer)
      await asking
    } finally {
      vi.useRealTimers()
    }
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

describe('what only one set detects', () => {
  const same = 'ClamAV 1.4.6/6/x'
  const begins = 'Reading databases from /var/lib/defs/VirusDefs/current'
  const ends = 'Database correctly reloaded (2000001 signatures)'

  function withCanary(name: string) {
    const active = numberedSet(name, 6)
    writeFileSync(join(active.directory, canaryFile), canaryLine(active.set))
    return active
  }

  it('proves a set whose number is that of the set before', async () => {
    const { set: previous } = numberedSet('20261121.001', 6)
    const active = { ...withCanary('20261121.002'), previous }
    let scans = 0
    await clamd((command, stream) => {
      if (command === 'INSTREAM') scans += 1
      if (command !== 'INSTREAM') return command === 'RELOAD' ? 'RELOADING' : same
      const known = stream === Buffer.from(canaryText(active.set)).toString() && scans > 2
      return known ? `stream: ${canaryName(active.set)}.UNOFFICIAL FOUND` : 'stream: OK'
    })
    expect(await scanner().handOver(active, countingContext().context)).toMatchObject({ proof: 'canary' })
    // The first scan is for the canary of the set before; the last one follows a second load.
    expect(scans).toBeGreaterThanOrEqual(3)
    expect(await scanner().inUse()).toBe(active.set)
    expect(await scanner().ailment(active)).toBeNull()
  })

  it.each([
    ['that it began and ended after the set was current', [], [begins, ends], 1],
    ['the same, with times', [], [begins, ends].map((line) => `Sun Nov 29 08:00:00 2026 -> ${line}`), 1],
    ['that it ended, begun before', [begins], [ends], 2],
    ['a file of such a name', [begins], [`/tmp/${begins}: OK`, ends, `${ends}: OK`], 2],
  ])('is enough after one load when the log tells %s', async (_, before, during, wanted) => {
    const [log, conf] = [join(world.root, 'clamd.log'), join(world.root, 'clamd.conf')]
    writeFileSync(conf, `LocalSocket ${socket}\nLogFile ${log}\n`)
    writeFileSync(log, before.map((line) => `${line}\n`).join(''))
    const { set: previous } = numberedSet('20261121.001', 6)
    const active = { ...withCanary('20261121.002'), previous }
    let reloads = 0
    await clamd((command) => {
      if (command === 'VERSION') return same
      if (command === 'INSTREAM')
        return reloads > 0 ? `stream: ${canaryName(active.set)}.UNOFFICIAL FOUND` : 'stream: OK'
      reloads += 1
      const lines = reloads === 1 ? during : [begins, ends]
      appendFileSync(log, lines.map((line) => `${line}\n`).join(''))
      return 'RELOADING'
    })
    const told = await scanner(socket, { conf }).handOver(active, countingContext().context)
    expect([told, reloads]).toMatchObject([{ proof: 'canary' }, wanted])
  })

  it('and nothing else does, by a clamd that is known to load canaries', async () => {
    const { set: previous } = withCanary('20261121.001')
    let said = 'stream: OK'
    await clamd((command, stream) => {
      if (command !== 'INSTREAM') return command === 'RELOAD' ? 'RELOADING' : same
      const before = stream === Buffer.from(canaryText(previous)).toString()
      return before ? `stream: ${canaryName(previous)} FOUND` : said
    })
    const active = { ...withCanary('20261121.002'), previous }
    for (said of ['stream: OK', 'stream: Other.Name FOUND']) {
      const handing = scanner().handOver(active, countingContext().context)
      await expect(handing).rejects.toMatchObject({ code: 'SCANNER_REFUSED' })
    }
  })

  it('or it was told, when no canary was ever seen to be loaded (OfficialDatabaseOnly, another folder)', async () => {
    const { set: previous } = withCanary('20261121.001')
    await clamd((command) =>
      command === 'INSTREAM' ? 'stream: OK' : command === 'RELOAD' ? 'RELOADING' : same,
    )
    const active = { ...withCanary('20261121.002'), previous }
    const { context, pauses } = countingContext()
    expect(await scanner().handOver(active, context)).toMatchObject({ proof: 'reload' })
    expect(pauses()).toBeLessThan(5)
    expect(await scanner().sight(active.set)).toMatchObject({ state: 'told', set: active.set })
  })

  it('is asked for where VERSION is switched off (clamd 1.5, EnableVersionCommand no)', async () => {
    const active = withCanary('20261121.002')
    await clamd((command) => {
      if (command === 'RELOAD') return 'RELOADING'
      return command === 'VERSION'
        ? 'COMMAND UNAVAILABLE'
        : `stream: ${canaryName(active.set)}.UNOFFICIAL FOUND`
    })
    expect(await scanner().handOver(active, countingContext().context)).toMatchObject({ proof: 'canary' })
    expect(await scanner().sight(active.set)).toMatchObject({ state: 'in-use' })
  })

  it('a clamd that cannot scan says nothing of the set', async () => {
    const active = withCanary('20261121.002')
    const full = 'INSTREAM size limit exceeded. ERROR'
    await clamd((command) => (command === 'INSTREAM' ? full : command === 'RELOAD' ? 'RELOADING' : same))
    expect(await scanner().handOver(active, countingContext().context)).toHaveProperty('absent')
  })

  it('is a configured sample for sets without a canary; one that cannot be read proves nothing', async () => {
    const { set: previous } = numberedSet('20261121.001', 6)
    const active = { ...numberedSet('20261121.002', 6), previous }
    const sample = join(world.root, 'sample')
    let detected = 'stream: OK'
    await clamd((command, stream) => {
      if (command !== 'INSTREAM') return command === 'RELOAD' ? 'RELOADING' : same
      return stream === 'a sample' ? detected : 'stream: OK'
    })
    const hand = (canary: string) => scanner(socket, { canary }).handOver(active, countingContext().context)
    expect(await hand(sample)).toMatchObject({ proof: 'reload', lack: expect.stringContaining(sample) })
    writeFileSync(sample, 'a sample')
    await expect(hand(sample)).rejects.toMatchObject({ code: 'SCANNER_REFUSED' })
    detected = 'stream: Test.Sample FOUND'
    expect(await hand(sample)).toMatchObject({ proof: 'sample' })
  })
})

describe('a clamd that is watched', () => {
  it('is well when it shows the set and scans', async () => {
    const active = numberedSet('20261121.001', 6)
    let [version, scan] = ['ClamAV 1.4.6/6/x', 'stream: OK']
    await clamd((command) => (command === 'VERSION' ? version : scan))
    expect(await scanner().ailment(active)).toBeNull()
    scan = 'stream: Everything FOUND'
    expect(await scanner().ailment(active)).toContain('harmless')
    scan = 'Error writing to temporary file ERROR'
    expect(await scanner().ailment(active)).not.toBeNull()
    scan = 'stream: OK'
    version = 'ClamAV 1.4.6/5/x'
    expect(await scanner().ailment(active)).not.toBeNull()
    expect(await scanner('127.0.0.1:9').ailment(active)).not.toBeNull()
  })
})

describe('the numbers of clamd', () => {
  it.each([
    ['ClamAV 1.4.6/27391/Wed Jun 23 00:40:09 2021', 27_391],
    ['ClamAV 1.4.6', null],
    ['ClamAV 1.4.6/4294967295/invalid timestam', 'none'],
    ['', 'unknown'],
    ['UNKNOWN COMMAND', 'unknown'],
  ])('reads %j', (answer, number) => {
    expect(loadedNumber(answer)).toBe(number)
  })

  it("come from the head of the set's daily database", async () => {
    expect(await numberOfSet(numberedSet('20261121.001', 27_391).directory)).toBe(27_391)
    expect(await numberOfSet(activeSet(world.store, '20261121.002').directory)).toBeNull()
  })

  it('tell nothing in a folder below which clamd takes every database for daily', async () => {
    const { directory } = numberedSet('20261121.001', 27_391)
    const below = join(world.root, 'daily.d')
    cpSync(directory, below, { recursive: true })
    expect(await numberOfSet(below)).toBeNull()
  })
})
