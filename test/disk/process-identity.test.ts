import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { isAlive, ownIdentity } from '../../src/disk/process-identity.ts'

// Its first thread ends and another goes on, as in a process that was killed in the middle of a system call.
const script = `import ctypes, os, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
print('ready', flush=True)
ctypes.CDLL(None).syscall(60 if os.uname().machine == 'x86_64' else 93, 0)`

const statusOf = (pid: number | undefined) =>
  readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ')

describe.runIf(process.platform === 'linux')('whether a process still runs', () => {
  it('is told by its threads: as long as one is left it does, though the first has ended', async () => {
    expect(await isAlive(await ownIdentity())).toBe(true)
    const child = spawn('python3', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      await once(child.stdout, 'data')
      for (let tries = 0; statusOf(child.pid)[0] !== 'Z' && tries < 500; tries++) await pause(10)
      const [state, started = null] = [statusOf(child.pid)[0], statusOf(child.pid)[19]]
      expect(state).toBe('Z')
      const identity = { ...(await ownIdentity()), pid: child.pid ?? 0, started }
      expect(await isAlive(identity)).toBe(true)
      child.kill('SIGKILL')
      await once(child, 'close')
      expect(await isAlive(identity)).toBe(false)
    } finally {
      child.kill('SIGKILL')
    }
  })
})
