import { afterEach, describe, expect, it } from 'vitest'
import { startThread, type Thread } from '../../src/thread/worker.ts'

const never = new AbortController().signal

let thread: Thread<string, string> | undefined
afterEach(() => thread?.close())

/** A thread that does `code` with each `question`. */
function threadThat(code: string): Thread<string, string> {
  const program = `import { parentPort } from 'node:worker_threads'
parentPort.on('message', (question) => { ${code} })`
  thread = startThread<string, string>(`data:text/javascript,${encodeURIComponent(program)}`)
  return thread
}

describe('a thread', () => {
  it('answers one question after the other', async () => {
    const { ask } = threadThat('parentPort.postMessage({ result: question.toUpperCase() })')
    expect([await ask('a', 'file', never), await ask('b', 'file', never)]).toEqual(['A', 'B'])
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
    thread = startThread('thread/absent.js')
    await expect(thread.ask('a', 'file', never)).rejects.toMatchObject({ code: 'BUG' })
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
