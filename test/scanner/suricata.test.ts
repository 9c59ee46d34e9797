import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { limits } from '../../src/limits.ts'
import { askLoaded } from '../../src/scanner/suricata-rules.ts'

// A real Suricata is asked in test/story/suricata.test.ts; here one that was taken over.

let folder: string
let server: Server | undefined
const sockets = new Set<Socket>()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-suricata-'))
})
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  server?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Listens, and has each line answered. */
async function suricata(answer: (command: string, socket: Socket) => unknown): Promise<string> {
  const path = join(folder, 'command.socket')
  server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    let read = ''
    socket.on('data', (bytes) => {
      read += bytes
      for (let end = read.indexOf('\n'); end >= 0; end = read.indexOf('\n')) {
        const { command = 'version' } = JSON.parse(read.slice(0, end))
        read = read.slice(end + 1)
        const said = answer(command, socket)
        if (said !== undefined) socket.write(`${JSON.stringify(said)}\n`)
      }
    })
  }).listen(path)
  await once(server, 'listening')
  return path
}

const ok = (message: unknown) => ({ return: 'OK', message })
const honest: Readonly<Record<string, unknown>> = {
  version: { return: 'OK' },
  'ruleset-stats': ok([{ rules_loaded: 3, rules_failed: 1 }]),
  'ruleset-reload-time': ok([{ last_reload: '2026-11-20T06:00:00.000000+0000' }]),
  'ruleset-failed-rules': ok([{ filename: '/rules/a.rules', line: 7 }]),
  'conf-get': { return: 'NOK' },
}

describe('a suricata that was taken over', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => undefined],
    ['closes at once', (socket) => socket.destroy()],
    [
      'answers without end',
      (socket) => {
        const timer = setInterval(() => socket.write('x'.repeat(1024 * 1024)), 1)
        socket.once('close', () => clearInterval(timer))
      },
    ],
    [
      'drips',
      (socket) => {
        const timer = setInterval(() => socket.write('x'), 10)
        socket.once('close', () => clearInterval(timer))
      },
    ],
    ['answers something else', (socket) => void socket.write('220 ready\n')],
  ])('that %s holds nobody up', async (_, misbehave) => {
    const path = await suricata((command, socket) =>
      command === 'version' ? honest[command] : misbehave(socket),
    )
    const began = performance.now()
    await expect(askLoaded(path, 500)).rejects.toThrow(/suricata/)
    expect(performance.now() - began).toBeLessThan(5000)
  })

  it('makes nobody keep much: names of files without measure are none, and there are so many', async () => {
    const path = await suricata((command) => {
      if (command === 'conf-get') return ok('/'.padEnd(100_000, 'x'))
      if (command !== 'ruleset-failed-rules') return honest[command]
      return ok([{ filename: 'x'.repeat(1_000_000), line: 'y'.repeat(1_000_000) }])
    })
    const { files, refused } = await askLoaded(path, 5000)
    expect(files).toBeNull()
    expect(refused.join().length).toBeLessThanOrEqual(limits.suricataPath + 30)
    server?.close()
    rmSync(path, { force: true })
    const all = await suricata((command) => (command === 'conf-get' ? ok('/x') : honest[command]))
    expect((await askLoaded(all, 5000)).files).toHaveLength(limits.suricataFiles)
  })
})
