import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { startHashThread } from '../../src/archive/file-task.ts'
import { startThread, type Thread, threadProgram } from '../../src/thread/worker.ts'

const never = new AbortController().signal

let thread: Thread<string, string> | undefined
afterEach(() => thread?.close())

const nowhere = () => Promise.reject(new Error('asked in this thread'))

/** A thread that does `code` with each `question`. */
function threadThat(code: string): Thread<string, string> {
  const program = `import { parentPort } from 'node:worker_threads'
parentPort.on('message', (question) => { ${code} })`
  thread = startThread<string, string>(
    new URL(`data:text/javascript,${encodeURIComponent(program)}`),
    nowhere,
  )
  return thread
}

describe('a thread', () => {
  it('answers one question after the other', async () => {
    const { ask } = threadThat('parentPort.postMessage({ result: question.toUpperCase() })')
    expect([await ask('a', 'file', never), await ask('b', 'file', never)]).toEqual(['A', 'B'])
  })

  it('has the next question when it is done with one, and each gets its own answer', async () => {
    const { ask } = threadThat('parentPort.postMessage({ result: question.toUpperCase() })')
    const asked = ['a', 'b', 'c'].map((question) => ask(question, 'file', never))
    expect(await Promise.all(asked)).toEqual(['A', 'B', 'C'])
  })

  it('of ours does one question after the other: a small file waits for the large one before it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'defs-thread-'))
    const hashing = startHashThread()
    try {
      const digested: string[] = []
      const digest = async (name: string, bytes: number) => {
        const path = join(folder, name)
        writeFileSync(path, Buffer.alloc(bytes, name))
        const { sha256 } = await hashing.carryOut({ do: 'digest', path }, [], never)
        digested.push(name)
        expect(sha256).toBe(createHash('sha256').update(Buffer.alloc(bytes, name)).digest('hex'))
      }
      await Promise.all([digest('large', 80_000_000), digest('small', 10)])
      expect(digested).toEqual(['large', 'small'])
    } finally {
      await hashing.close()
      rmSync(folder, { recursive: true })
    }
  })

  it('that is left midway gives no answer of its to the next question', async () => {
    const { ask } = threadThat('setTimeout(() => parentPort.postMessage({ result: question }), 100)')
    const stop = new AbortController()
    const left = ask('left', 'file', stop.signal)
    const next = ask('next', 'file', never)
    stop.abort()
    await expect(left).rejects.toMatchObject({ code: 'INTERRUPTED' })
    expect(await next).toBe('next')
  })

  it('hands over the code of an error, its cause and the file', async () => {
    const failure = { code: 'STORE_FULL', message: 'no room', cause: 'ENOSPC' }
    const { ask } = threadThat(`parentPort.postMessage({ failure: ${JSON.stringify(failure)} })`)
    await expect(ask('a', 'file', never)).rejects.toMatchObject({
      name: 'DefsError',
      code: 'STORE_FULL',
      facts: { path: 'file' },
      cause: new Error('ENOSPC'),
    })
  })

  it.each([
    ['throws', 'throw new Error("lost")'],
    ['leaves', 'process.exit(0)'],
    ['leaves with a code', 'process.exit(3)'],
  ])('that %s is an error, now and later', async (_, code) => {
    const { ask } = threadThat(code)
    await expect(ask('a', 'file', never)).rejects.toMatchObject({ name: 'DefsError', code: 'BUG' })
    await expect(ask('b', 'file', never)).rejects.toMatchObject({ name: 'DefsError', code: 'BUG' })
  })

  it('whose program is not there is an error', async () => {
    thread = startThread(threadProgram('thread/absent'), nowhere)
    await expect(thread.ask('a', 'file', never)).rejects.toMatchObject({ code: 'BUG' })
  })

  it('that Node may not start is this one', () => {
    const program = new URL('../../dist/archive/file-task.js', import.meta.url)
    const code = `import { startHashThread } from ${JSON.stringify(program)}
const task = { do: 'digest', path: ${JSON.stringify(fileURLToPath(program))} }
const { bytes } = await startHashThread().carryOut(task, [], new AbortController().signal)
process.stdout.write(String(bytes))`
    const allowed = process.allowedNodeEnvironmentFlags.has('--permission')
      ? 'permission'
      : 'experimental-permission'
    const argv = [`--${allowed}`, '--allow-fs-read=*', '--input-type=module', '-e', code]
    const { status, stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8', timeout: 20_000 })
    expect([status, stdout]).toEqual([0, String(statSync(program).size)])
  })

  it('is built as one script, and is the module where that was compiled since', () => {
    const script = threadProgram('archive/hash-worker')
    const module = new URL('hash-worker.js', script)
    const since = (file: URL, seconds: number) => utimesSync(file, seconds, seconds)
    const [made, compiled] = [statSync(script).mtimeMs / 1000, statSync(module).mtimeMs / 1000]
    expect(script.pathname).toMatch(/hash-worker\.cjs$/)
    since(module, made + 60)
    const newer = threadProgram('archive/hash-worker')
    since(module, compiled)
    expect(newer.href).toBe(module.href)
  })

  it.each([
    ['was never asked', ''],
    ['has answered', "await startThread(program).ask('a', 'file', new AbortController().signal)"],
  ])('that %s keeps no process alive', (_, asking) => {
    const program =
      "data:text/javascript,import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => parentPort.postMessage({ result: 1 }))"
    const code = `import { startThread as start } from ${JSON.stringify(new URL('../../dist/thread/worker.js', import.meta.url))}
const program = new URL(${JSON.stringify(program)})
const startThread = (program) => start(program, () => Promise.reject())
startThread(program)
${asking}`
    const argv = ['--input-type=module', '-e', code]
    const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', timeout: 20_000 })
    expect([status, stderr]).toEqual([0, ''])
  })

  it('that never ends its work is left at once, and ended', async () => {
    const { ask, close } = threadThat('for (;;);')
    const stop = new AbortController()
    const asked = ask('a', 'file', stop.signal)
    stop.abort()
    await expect(asked).rejects.toMatchObject({ name: 'DefsError', code: 'INTERRUPTED' })
    await close()
    await expect(ask('b', 'file', never)).rejects.toMatchObject({ code: 'BUG' })
  })
})
