import { execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SyslogConfig } from '../../../src/event/sink/sink-config.ts'
import { openSyslog } from '../../../src/event/sink/syslog.ts'
import { readSyslogAddress, writeSyslogAddress } from '../../../src/event/sink/syslog-message.ts'
import {
  closedPort,
  common,
  eventAt,
  type Folder,
  listen,
  makeCertificate,
  makeFolder,
  never,
  soon,
  world,
} from './world.ts'

let folder: Folder
beforeAll(() => {
  folder = makeFolder()
})
afterAll(() => folder.remove())

const sinkTo = (address: SyslogConfig['address'], authorities: string | null = null) =>
  openSyslog({ kind: 'syslog', ...common, address, facility: 'local3', authorities }, world)
const failed = expect.objectContaining({ code: 'SINK_FAILED' })

/** Messages by octet counting, as RFC 6587 section 3.4.1 has it; throws when a length is no length. */
function unframe(bytes: Buffer): string[] {
  const messages: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at)
    const length = Number(bytes.toString('latin1', at, space))
    if (!(length > 0)) throw new Error(`no length at ${at}`)
    messages.push(bytes.toString('utf8', space + 1, space + 1 + length))
    at = space + 1 + length
  }
  return messages
}

describe('syslog over UDP', () => {
  it('sends a datagram an event, as RFC 5424 has it', async () => {
    const receiver = createSocket('udp4').bind(0, '127.0.0.1')
    await once(receiver, 'listening')
    const came = new Promise<string[]>((resolve) => {
      const texts: string[] = []
      receiver.on('message', (bytes) => {
        if (texts.push(bytes.toString('utf8')) === 2) resolve(texts)
      })
    })
    const hostile = { message: 'one\r\n<0>1 two\u2028three', set: null, path: 'a"b]c\\d' }
    const sink = sinkTo({ protocol: 'udp', host: '127.0.0.1', port: receiver.address().port })
    await sink.deliver([eventAt(0, { source: 'rapid' }), eventAt(1, hostile)], never)
    const [first, second] = await came
    receiver.close()
    expect(first).toBe(
      `<155>1 2026-11-21T10:00:00.000Z host.test defs ${process.pid} update.failed [defs@32473 id="1000" source="rapid" code="FETCH_SIZE"] \ufeffDefinition update failed. Error code: FETCH_SIZE`,
    )
    expect(second).toContain('path="a\\"b\\]c\\\\d"')
    expect(second).toMatch(/\ufeffone <0>1 two three$/)
  })

  it('cuts what a receiver need not take, between characters', async () => {
    const receiver = createSocket('udp4').bind(0, '127.0.0.1')
    await once(receiver, 'listening')
    const came = once(receiver, 'message')
    const sink = sinkTo({ protocol: 'udp', host: '127.0.0.1', port: receiver.address().port })
    await sink.deliver([eventAt(0, { message: '€'.repeat(5000) })], never)
    const bytes: Buffer = (await came)[0]
    receiver.close()
    expect(bytes.length).toBeGreaterThan(2040)
    expect(bytes.length).toBeLessThanOrEqual(2048)
    expect(bytes.toString('utf8')).not.toContain('\ufffd')
  })

  it('fails where the machine says that nobody listens', async () => {
    const sink = sinkTo({ protocol: 'udp', host: '127.0.0.1', port: await closedPort() })
    await expect(sink.deliver([eventAt(0)], never)).rejects.toEqual(failed)
  })
})

describe('syslog over TCP', () => {
  it('keeps a message below what rsyslog takes for one (8,096 bytes)', async () => {
    const pieces: Buffer[] = []
    const listener = await listen((socket) => {
      socket.on('data', (piece) => pieces.push(piece))
      socket.on('end', () => socket.end())
    })
    const long = eventAt(0, { message: 'ä'.repeat(20_000) })
    await sinkTo({ protocol: 'tcp', host: '127.0.0.1', port: listener.port }).deliver([long], never)
    await listener.close()
    const [message = ''] = unframe(Buffer.concat(pieces))
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(8000)
    expect(Buffer.byteLength(message)).toBeGreaterThan(7900)
  })

  it('counts octets, so that nothing inside a message begins another', async () => {
    const pieces: Buffer[] = []
    const listener = await listen((socket) => {
      socket.on('data', (piece) => pieces.push(piece))
      socket.on('end', () => socket.end())
    })
    const events = [0, 1, 2].map((second) => eventAt(second, { message: `ä ${second}\n12 <1>1 x` }))
    await sinkTo({ protocol: 'tcp', host: '127.0.0.1', port: listener.port }).deliver(events, never)
    await listener.close()
    const messages = unframe(Buffer.concat(pieces))
    expect(messages.map((text) => text.split('\ufeff')[1])).toEqual([0, 1, 2].map((n) => `ä ${n} 12 <1>1 x`))
  })

  it('fails when nobody listens, and when the connection is cut', async () => {
    const nobody = sinkTo({ protocol: 'tcp', host: '127.0.0.1', port: await closedPort() })
    await expect(nobody.deliver([eventAt(0)], never)).rejects.toEqual(failed)
    const rude = await listen((socket) => socket.resetAndDestroy())
    await expect(
      sinkTo({ protocol: 'tcp', host: '127.0.0.1', port: rude.port }).deliver([eventAt(0)], never),
    ).rejects.toEqual(failed)
    await rude.close()
  })

  it('ends with the signal when the other side reads nothing', async () => {
    const listener = await listen((socket) => socket.pause())
    const sink = sinkTo({ protocol: 'tcp', host: '127.0.0.1', port: listener.port })
    await expect(sink.deliver([eventAt(0)], soon())).rejects.toEqual(failed)
    await listener.close()
  })
})

describe('syslog over TLS', () => {
  it('reaches a server it has reason to trust, and no other', async () => {
    const { certificate, key } = makeCertificate(folder.path)
    const pieces: Buffer[] = []
    const server = createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (socket) => {
      socket.on('data', (piece) => pieces.push(piece))
      socket.on('error', () => undefined)
    }).listen(0, '127.0.0.1')
    server.on('tlsClientError', () => undefined)
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    for (const host of ['localhost', '127.0.0.1']) {
      await sinkTo({ protocol: 'tls', host, port }, certificate).deliver([eventAt(0)], never)
    }
    expect(unframe(Buffer.concat(pieces))).toHaveLength(2)
    await expect(
      sinkTo({ protocol: 'tls', host: 'localhost', port }).deliver([eventAt(0)], never),
    ).rejects.toEqual(failed)
    server.close()
  })
})

const hasLogger = process.platform === 'linux' && spawnable('logger') && spawnable('python3')

function spawnable(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.skipIf(!hasLogger)('syslog to the local socket', () => {
  const receive = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); s.settimeout(20)
print('ready', flush=True)
sys.stdout.buffer.write(s.recv(65536)); sys.stdout.flush()`

  it('goes as a datagram of RFC 5424', async () => {
    const path = join(folder.path, 'log')
    const child = spawn('python3', ['-c', receive, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', (piece: Buffer) => {
      text += piece.toString('utf8')
    })
    const ended = once(child, 'close')
    while (!existsSync(path) || !text.startsWith('ready')) await once(child.stdout, 'data')
    const event = eventAt(0, { message: '-- ä "quoted"\nline', path: 'a"b]c\\d' })
    await sinkTo({ protocol: 'unix', path }).deliver([event], never)
    await ended
    expect(text.replace('ready\n', '')).toMatch(
      /^<155>1 \S+ \S+ defs \d+ update\.failed \[defs@32473 id="1000" code="FETCH_SIZE" path="a\\"b\\\]c\\\\d"\] \ufeff?-- ä "quoted" line$/,
    )
    expect(text).toContain(` defs ${process.pid} `)
  })

  it('fails when there is no socket', async () => {
    const sink = sinkTo({ protocol: 'unix', path: join(folder.path, 'none') })
    await expect(sink.deliver([eventAt(0)], never)).rejects.toEqual(failed)
  })
})

describe('an address of syslog', () => {
  it.each([
    ['udp://loghost', 'udp://loghost:514'],
    ['tcp://127.0.0.1:5514', 'tcp://127.0.0.1:5514'],
    ['TLS://logs.example/', 'tls://logs.example:6514'],
    ['udp://[::1]:1514', 'udp://[::1]:1514'],
    ['unix:/dev/log', 'unix:/dev/log'],
    ['unix:///run/log', 'unix:/run/log'],
  ])('%s is %s', (text, written) => {
    const address = readSyslogAddress(text)
    expect(typeof address === 'string' ? address : writeSyslogAddress(address)).toBe(written)
  })

  it.each([
    '',
    'loghost',
    'http://x',
    'udp://',
    'udp://a b',
    'tcp://x:0',
    'tcp://x:99999',
    'unix:log',
    'udp://u@x',
  ])('%j is none', (text) => expect(readSyslogAddress(text)).toBeTypeOf('string'))
})
