import { spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SnmpConfig } from '../../../src/event/sink/sink-config.ts'
import { engineOf, openSnmp } from '../../../src/event/sink/snmp.ts'
import { common, eventAt, type Folder, makeFolder, never, world } from './world.ts'

const program = ['/usr/sbin/snmptrapd', '/usr/bin/snmptrapd'].find(
  (path) => spawnSync(path, ['-v']).status === 0,
)

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

describe.skipIf(program === undefined)('a trap', () => {
  let folder: Folder
  let stop: () => void
  let said: string
  let port: number
  beforeEach(async () => {
    folder = makeFolder()
    said = ''
    port = await freePort()
  })
  afterEach(() => {
    stop()
    folder.remove()
  })

  /** Debian's snmptrapd with a configuration, once it listens. */
  async function receiver(...lines: string[]): Promise<void> {
    const conf = join(folder.path, 'snmptrapd.conf')
    writeFileSync(conf, `${lines.join('\n')}\n`)
    const args = ['-f', '-Lo', '-On', '-C', '-c', conf, `udp:127.0.0.1:${port}`]
    const env = { ...process.env, SNMP_PERSISTENT_DIR: folder.path, MIBS: '' }
    const child = spawn(program ?? '', args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    stop = () => child.kill('SIGKILL')
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => {
        said += text.toString()
      })
    await vi.waitFor(() => expect(said).toContain('NET-SNMP version'), { timeout: 20_000 })
  }

  const secret = (text: string) => {
    const file = join(folder.path, `secret-${text}`)
    writeFileSync(file, `${text}\n`)
    return { file, variable: null }
  }

  function sender(more: Partial<SnmpConfig>) {
    const none = { file: null, variable: null }
    return openSnmp(
      {
        kind: 'snmp',
        ...common,
        host: '127.0.0.1',
        port,
        version: '2c',
        community: none,
        user: 'defs',
        security: 'authPriv',
        authProtocol: 'sha256',
        authKey: none,
        privProtocol: 'aes',
        privKey: none,
        engine: null,
        oid: '1.3.6.1.4.1.32473.1',
        ...more,
      },
      world,
    )
  }

  const event = eventAt(0, { set: '20261121.003' as never }, 'definitions.rolled-back')

  /** Sends until it is seen: nobody says when the program has read its configuration. */
  async function expectTrap(sink: ReturnType<typeof sender>): Promise<void> {
    await vi.waitFor(
      async () => {
        await sink.deliver([event], never)
        await new Promise((resolve) => setTimeout(resolve, 200))
        expect(said).toContain('.1.3.6.1.4.1.32473.1.0.399')
      },
      { timeout: 20_000, interval: 300 },
    )
    expect(said).toContain('.1.3.6.1.4.1.32473.1.1.1.0 = INTEGER: 399')
    expect(said).toContain('.1.3.6.1.4.1.32473.1.1.2.0 = STRING: "definitions.rolled-back"')
    expect(said).toContain('.1.3.6.1.4.1.32473.1.1.3.0 = INTEGER: 4')
    expect(said).toContain('.1.3.6.1.4.1.32473.1.1.5.0 = STRING: "20261121.003"')
    expect(said).toContain('.1.3.6.1.4.1.32473.1.1.10.0 = STRING: "host.test"')
  }

  it('of version 2c is received by snmptrapd', async () => {
    await receiver('authCommunity log geheim')
    await expectTrap(sender({ community: secret('geheim') }))
  })

  it('of another community is not', async () => {
    await receiver('authCommunity log geheim')
    await sender({ community: secret('public') }).deliver([event], never)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(said).not.toContain('.1.3.6.1.4.1.32473.1.0.399')
  })

  it.each([
    ['sha256', 'SHA-256', 'aes', 'AES'],
    ['sha', 'SHA', 'aes', 'AES'],
    ['sha512', 'SHA-512', 'aes', 'AES'],
  ] as const)(
    'of version 3 with %s is received by snmptrapd, signed and encrypted',
    async (auth, as, priv, by) => {
      const engine = engineOf(world.host)
      await receiver(
        `createUser -e 0x${engine} defs ${as} "long enough 1" ${by} "long enough 2"`,
        'authUser log defs priv',
      )
      const keys = { authKey: secret('long enough 1'), privKey: secret('long enough 2') }
      await expectTrap(sender({ version: '3', authProtocol: auth, privProtocol: priv, ...keys }))
    },
  )

  it('of version 3 with a wrong passphrase is not', async () => {
    await receiver(
      `createUser -e 0x${engineOf(world.host)} defs SHA-256 "long enough 1" AES "long enough 2"`,
      'authUser log defs priv',
    )
    const keys = { authKey: secret('another one'), privKey: secret('long enough 2') }
    await sender({ version: '3', ...keys }).deliver([event], never)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(said).not.toContain('.1.3.6.1.4.1.32473.1.0.399')
  })
})

it('to a host that nobody knows, or without its secret, is a failure that is tried again', async () => {
  const none = { file: null, variable: null }
  const config: SnmpConfig = {
    ...{ kind: 'snmp', ...common, host: 'nobody.invalid', port: 162, version: '2c', community: none },
    ...{ user: '', security: 'authPriv', authProtocol: 'sha256', authKey: none, privProtocol: 'aes' },
    ...{ privKey: none, engine: null, oid: '1.3.6.1.4.1.32473.1' },
  }
  const failed = expect.objectContaining({ code: 'SINK_FAILED' })
  await expect(openSnmp(config, world).deliver([eventAt(0)], never)).rejects.toEqual(failed)
  const missing = { ...config, host: '127.0.0.1', community: { file: '/nowhere', variable: null } }
  await expect(openSnmp(missing, world).deliver([eventAt(0)], never)).rejects.toEqual(failed)
})
