import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { lockPath, lockState, withLock } from '../../src/disk/lock.ts'
import { newHolder } from '../../src/disk/lock-file.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import type { Store } from '../../src/hawking/store.ts'
import { limits } from '../../src/limits.ts'
import { compileChildren } from '../hawking/compile.ts'
import { quickFolder, realContext, storeAt } from '../hawking/world.ts'
import { fileTime } from '../support/file-time.ts'

const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0

let root: string
let store: Store
let compiled: ReturnType<typeof compileChildren>
const context = realContext()
const children: ChildProcess[] = []

beforeAll(() => {
  compiled = compileChildren('contend')
})
afterAll(() => compiled.remove())
beforeEach(async () => {
  root = quickFolder()
  store = storeAt(root)
  await prepareStore(store, null)
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
})

function contend(rounds: number, linger: number): ChildProcess {
  const args = [join(compiled.programs, 'contend.js'), root, String(rounds), String(linger)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  return child
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.on('data', (bytes) => {
    text += bytes
  })
  await once(child, 'close')
  return text
}

const take = (wait: number, now = new Date()) =>
  withLock(store, { wait, context: { ...context, now: () => now } }, async () => 'done')

describe('withLock', () => {
  it('gives back what the work gives, and the lock', async () => {
    expect(await take(0)).toBe('done')
    expect(existsSync(lockPath(store))).toBe(false)
    expect(readdirSync(store.state).filter((name) => name.startsWith('lock'))).toEqual([])
  })

  it('frees the lock when the work fails', async () => {
    const failing = withLock(store, { wait: 0, context }, () => Promise.reject(new RangeError('x')))
    await expect(failing).rejects.toThrow(RangeError)
    expect(await take(0)).toBe('done')
  })

  it('refuses a second run of the same process', async () => {
    await withLock(store, { wait: 0, context }, async () => {
      await expect(take(0)).rejects.toMatchObject({ name: 'DefsError', code: 'STORE_BUSY' })
      await expect(take(150)).rejects.toMatchObject({ code: 'STORE_BUSY' })
      expect(existsSync(lockPath(store))).toBe(true)
    })
  })

  it('waits for the other run to end', async () => {
    const order: string[] = []
    let other: Promise<unknown> = Promise.resolve()
    await new Promise<void>((begun) => {
      other = withLock(store, { wait: 0, context }, async () => {
        begun()
        await context.sleep(150)
        order.push('first')
      })
    })
    await withLock(store, { wait: 10_000, context }, async () => order.push('second'))
    await other
    expect(order).toEqual(['first', 'second'])
  })

  it('ends waiting when it is interrupted', async () => {
    const controller = new AbortController()
    await withLock(store, { wait: 0, context }, async () => {
      const waiting = withLock(
        store,
        { wait: 60_000, context: realContext(controller.signal) },
        async () => 1,
      )
      setTimeout(() => controller.abort(), 20)
      await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED' })
    })
  })

  it('respects a living process and takes over from a killed one', async () => {
    const holder = contend(1, 60_000)
    await once(holder.stdout ?? holder, 'data')
    await expect(take(0)).rejects.toMatchObject({ code: 'STORE_BUSY' })
    holder.kill('SIGKILL')
    await once(holder, 'close')
    expect(await take(0)).toBe('done')
  })

  it.each([
    ['another boot', { boot: '00000000-0000-0000-0000-000000000000' }],
    ['another start of the same process number', { started: '1' }],
    ['a process number nobody has', { pid: 4_194_305, started: null }],
  ])('takes over the lock of %s', async (_, change) => {
    writeFileSync(lockPath(store), JSON.stringify({ ...(await newHolder(new Date())), ...change }))
    expect(await take(0)).toBe('done')
  })

  it('takes over the lock of another machine once it has not beaten for five minutes', async () => {
    const other = { ...(await newHolder(new Date())), host: `not-${hostname()}`, pid: 1 }
    writeFileSync(lockPath(store), JSON.stringify(other))
    const stamp = (age: number) => {
      const moment = new Date(fileTime(root) - age)
      utimesSync(lockPath(store), moment, moment)
    }
    stamp(limits.lockDead - 20_000)
    await expect(take(0)).rejects.toMatchObject({ code: 'STORE_BUSY' })
    // A look that may not write takes the clock of its process for that of the file system.
    const oneClock = Math.abs(fileTime(root) - Date.now()) < 10_000
    if (oneClock)
      expect(await lockState(store)).toMatchObject({
        state: 'held',
        holder: expect.stringContaining('not-'),
      })
    // Nobody's clock counts but that of the file system.
    await expect(take(0, new Date(Date.now() + 86_400_000))).rejects.toMatchObject({ code: 'STORE_BUSY' })
    stamp(limits.lockDead + 20_000)
    expect((await lockState(store)).state).toBe('dead')
    expect(await take(0)).toBe('done')
    expect(readdirSync(store.state).filter((name) => name.startsWith('lock'))).toEqual([])
  })

  it('beats as long as it is held, and leaves a lock alone that is another one by then', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      const path = lockPath(store)
      const old = new Date(fileTime(root) - 60_000)
      const settled = () => new Promise((resolve) => setTimeout(resolve, 100))
      await withLock(store, { wait: 0, context }, async () => {
        utimesSync(path, old, old)
        vi.advanceTimersByTime(limits.lockBeat)
        await settled()
        expect(statSync(path).mtimeMs).toBeGreaterThan(fileTime(root) - 30_000)
        const other = JSON.stringify(await newHolder(new Date()))
        writeFileSync(path, other)
        utimesSync(path, old, old)
        vi.advanceTimersByTime(limits.lockBeat)
        await settled()
        expect(statSync(path).mtimeMs).toBeLessThan(fileTime(root) - 50_000)
        expect(readFileSync(path, 'utf8')).toBe(other)
      })
      // The other one's lock is not ours to give back.
      expect(readdirSync(store.state).filter((name) => name.startsWith('lock'))).toEqual(['lock'])
    } finally {
      vi.useRealTimers()
    }
  })

  it.each([
    ['empty', ''],
    ['half', '{"pid":1,"sta'],
    ['no lock', '[]'],
  ])('takes over a lock that is %s once it is old', async (_, text) => {
    writeFileSync(lockPath(store), text)
    for (const [age, held] of [
      [0, true],
      [limits.lockUnwritten - 2000, true],
      [limits.lockUnwritten + 1000, false],
    ] as const) {
      const then = new Date(fileTime(root) - age)
      utimesSync(lockPath(store), then, then)
      if (held) await expect(take(0)).rejects.toMatchObject({ code: 'STORE_BUSY' })
      else expect(await take(0)).toBe('done')
    }
  })

  it.skipIf(!existsSync('/proc/self/stat'))(
    'takes over the lock of a process that ended unburied',
    async () => {
      // The child of the shell ends when that is gone; the program that takes the shell's place never asks for its end.
      const parent = spawn('/bin/sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 60'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      children.push(parent)
      const [line] = await once(parent.stdout, 'data')
      const pid = Number(String(line))
      const fields = () => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
      while (fields()[0] !== 'Z') await context.sleep(10)
      const holder = { ...(await newHolder(new Date())), pid, started: fields()[19] }
      writeFileSync(lockPath(store), JSON.stringify(holder))
      expect(await take(0)).toBe('done')
    },
  )

  it.each([
    [0, []],
    [limits.lockPoll, [limits.lockPoll]],
    [2.5 * limits.lockPoll, [limits.lockPoll, limits.lockPoll, limits.lockPoll / 2]],
  ])('waits for %i ms and no longer', async (wait, expected) => {
    const slept: number[] = []
    const sleep = async (milliseconds: number) => void slept.push(milliseconds)
    await withLock(store, { wait: 0, context }, async () => {
      const waiting = withLock(store, { wait, context: { ...context, sleep } }, async () => 'done')
      await expect(waiting).rejects.toMatchObject({ code: 'STORE_BUSY' })
    })
    expect(slept).toEqual(expected)
  })

  it('takes over although an earlier breaker died on the way', async () => {
    const dead = { ...(await newHolder(new Date())), started: '1' }
    const breaker = { ...(await newHolder(new Date())), started: '2' }
    writeFileSync(lockPath(store), JSON.stringify(dead))
    writeFileSync(`${lockPath(store)}.${dead.token}`, JSON.stringify(breaker))
    expect(await take(0)).toBe('done')
  })

  it('leaves a dead lock alone while a living run has the right to remove it', async () => {
    const dead = { ...(await newHolder(new Date())), started: '1' }
    writeFileSync(lockPath(store), JSON.stringify(dead))
    writeFileSync(`${lockPath(store)}.${dead.token}`, JSON.stringify(await newHolder(new Date())))
    await expect(take(0)).rejects.toMatchObject({ code: 'STORE_BUSY' })
    expect(JSON.parse(readFileSync(lockPath(store), 'utf8'))).toMatchObject({ token: dead.token })
  })

  it("does not remove a lock that became somebody else's", async () => {
    const other = JSON.stringify(await newHolder(new Date()))
    await withLock(store, { wait: 0, context }, async () => writeFileSync(lockPath(store), other))
    expect(readFileSync(lockPath(store), 'utf8')).toBe(other)
  })

  it.skipIf(!canTrace)('leaves a lock alone that took the place of the dead one (needs strace)', async () => {
    const dead = { ...(await newHolder(new Date())), started: '1' }
    writeFileSync(lockPath(store), JSON.stringify(dead))
    // The second link is that to the right to remove the lock: it comes so late that the lock is another one.
    const inject = 'inject=link,linkat:delay_enter=1500000:when=2'
    const late = spawn(
      'strace',
      [
        '-f',
        '-qq',
        '-o',
        '/dev/null',
        '-e',
        inject,
        process.execPath,
        join(compiled.programs, 'contend.js'),
      ].concat([root, '1', '1']),
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, UV_THREADPOOL_SIZE: '1', LD_PRELOAD: '' },
      },
    )
    children.push(late)
    const said = outputOf(late)
    const right = `${lockPath(store)}.${dead.token}`
    const aside = () => readdirSync(store.state).some((name) => name.startsWith(`lock.${dead.token}.`))
    while (!aside()) await context.sleep(5)
    await withLock(store, { wait: 0, context }, async () => {
      const mine = readFileSync(lockPath(store), 'utf8')
      while (aside() || existsSync(right)) await context.sleep(5)
      await context.sleep(300)
      expect(readFileSync(lockPath(store), 'utf8')).toBe(mine)
    })
    expect(await said).toBe('in\n')
  })

  it('lets one of eight in at a time, a dead lock in the way', async () => {
    const dead = { ...(await newHolder(new Date())), started: '1' }
    writeFileSync(lockPath(store), JSON.stringify(dead))
    const outputs = await Promise.all(Array.from({ length: 8 }, () => outputOf(contend(3, 2))))
    expect(outputs).toEqual(Array(8).fill('in\nin\nin\n'))
  })

  it('lets one in at a time while holders are killed', async () => {
    const survivors = Array.from({ length: 3 }, () => contend(6, 10))
    const outputs = survivors.map(outputOf)
    for (let round = 0; round < 4; round += 1) {
      const victim = contend(100, 1)
      await once(victim.stdout ?? victim, 'data')
      victim.kill('SIGKILL')
      await once(victim, 'close')
    }
    expect(await Promise.all(outputs)).toEqual(Array(3).fill('in\n'.repeat(6)))
    expect(await take(0)).toBe('done')
  })
})
