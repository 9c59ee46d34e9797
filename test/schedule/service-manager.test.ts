import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { type Notify, openServiceManager } from '../../src/schedule/service-manager.ts'

const canNotify = ['systemd-notify', 'python3'].every((tool) => spawnSync(tool, ['--version']).status === 0)

function recorder(): { readonly told: string[]; readonly notify: Notify } {
  const told: string[] = []
  return {
    told,
    notify: async (assignments) => {
      told.push(assignments.join(' '))
    },
  }
}

describe('the service manager', () => {
  it('is told everything in order', async () => {
    const { told, notify } = recorder()
    const manager = openServiceManager({ NOTIFY_SOCKET: '/run/x' }, notify)
    manager.ready('waiting\nfor news')
    manager.reloading()
    manager.status('done')
    manager.stopping()
    await manager.told()
    expect(told[0]).toBe('READY=1 STATUS=waiting for news')
    expect(told[1]).toMatch(/^RELOADING=1 MONOTONIC_USEC=\d+$/)
    expect(told.slice(2)).toEqual(['STATUS=done', 'STOPPING=1'])
  })

  it('that is not there is told nothing', async () => {
    const { told, notify } = recorder()
    const manager = openServiceManager({ WATCHDOG_USEC: '1000000' }, notify)
    manager.ready('')
    manager.beat()
    await manager.told()
    expect(told).toEqual([])
  })

  it('hears the heart beat at a third of its patience, also after the clock was set back', async () => {
    const { told, notify } = recorder()
    const env = { NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '60000000', WATCHDOG_PID: String(process.pid) }
    const manager = openServiceManager(env, notify)
    vi.useFakeTimers({ toFake: ['performance', 'Date'] })
    try {
      for (let second = 0; second < 300; second += 1) {
        expect(manager.beatDue() <= 0).toBe(second % 20 === 0)
        manager.beat()
        await manager.told()
        vi.advanceTimersByTime(1000)
        vi.setSystemTime(1_000_000_000)
      }
    } finally {
      vi.useRealTimers()
    }
    expect(told).toEqual(Array.from({ length: 15 }, () => 'WATCHDOG=1'))
  })

  it('of another process hears no heart', async () => {
    const { told, notify } = recorder()
    const env = { NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '60000000', WATCHDOG_PID: '1' }
    openServiceManager(env, notify).beat()
    await Promise.resolve()
    expect(told).toEqual([])
  })

  it('that does not take anything piles up a few messages and no more', async () => {
    let asked = 0
    let release: () => void = () => undefined
    const hanging = new Promise<void>((resolve) => {
      release = resolve
    })
    const manager = openServiceManager({ NOTIFY_SOCKET: '/run/x' }, () => {
      asked += 1
      return hanging
    })
    for (let count = 0; count < 100; count += 1) manager.status('x')
    release()
    await manager.told()
    expect(asked).toBe(8)
  })
})

describe.skipIf(!canNotify)('systemd-notify', () => {
  it('brings it to the socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'defs-notify-'))
    const socket = join(folder, 'notify')
    const script = `import socket,sys
s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.bind(sys.argv[1]); print('bound',flush=True)
got=''
while 'STOPPING' not in got:
    got+=s.recv(4096).decode()+'\\n'
print(got,flush=True)`
    const listener = spawn('python3', ['-c', script, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      let heard = ''
      await new Promise<void>((resolve) =>
        listener.stdout.on('data', (bytes: Buffer) => {
          heard += bytes.toString()
          resolve()
        }),
      )
      const before = process.env['NOTIFY_SOCKET']
      process.env['NOTIFY_SOCKET'] = socket
      const manager = openServiceManager({ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1000' })
      manager.ready('next run never')
      manager.beat()
      manager.stopping()
      const ended = new Promise((resolve) => listener.once('close', resolve))
      await manager.told()
      if (before === undefined) delete process.env['NOTIFY_SOCKET']
      else process.env['NOTIFY_SOCKET'] = before
      await ended
      for (const line of ['READY=1', 'STATUS=next run never', 'WATCHDOG=1', 'STOPPING=1']) {
        expect(heard).toContain(line)
      }
    } finally {
      listener.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    }
  }, 30_000)
})
