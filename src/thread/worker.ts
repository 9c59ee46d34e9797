import { once } from 'node:events'
import { parentPort, Worker } from 'node:worker_threads'
import { DefsError, describeError, type ErrorCode, isDefsError } from '../error.ts'
import { stopIfAborted } from './lanes.ts'

/** Another thread, which answers questions one at a time while this one does other work. */
export interface Thread<Question, Result> {
  /**
   * An abort leaves the thread at work: close it then.
   * @param about the file concerned, which errors name
   * @throws what the work there throws, with its code; INTERRUPTED; BUG when the thread ended
   */
  ask(question: Question, about: string, signal: AbortSignal): Promise<Result>
  /** Ends the thread at once, whatever it is doing; what it had begun on disk lies there half-made. */
  close(): Promise<void>
}

// Compiled, bundled or as source, this file lies two folders below the project, the compiled worker always there.
const programs = new URL('../../dist/', import.meta.url)

/**
 * Starts a thread: it is ready some 40 ms later, and what is asked before waits. Memory: about 12 MiB and what its
 * work takes.
 * @param program a file that calls `answerQuestions`, as it is called below `dist/`
 */
export function startThread<Question, Result>(program: string): Thread<Question, Result> {
  const worker = new Worker(new URL(program, programs))
  // Only a question keeps the process alive.
  worker.unref()
  const ended = new Promise<never>((_, reject) => {
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`it ended with ${code}`)))
  })
  // It may end when nothing is asked; the next question is told.
  ended.catch(() => undefined)
  return {
    async ask(question, about, signal) {
      const doing = `working on ${about}`
      stopIfAborted(signal, doing)
      worker.ref()
      worker.postMessage(question)
      try {
        const [answer] = await Promise.race([once(worker, 'message', { signal }), ended])
        return read(answer as ThreadAnswer<Result>, about)
      } catch (error) {
        if (error instanceof DefsError) throw error
        stopIfAborted(signal, doing)
        throw new DefsError('BUG', `the thread ${doing} ended`, { cause: error })
      } finally {
        worker.unref()
      }
    },
    async close() {
      await worker.terminate()
    },
  }
}

function read<Result>(answer: ThreadAnswer<Result>, path: string): Result {
  if ('result' in answer) return answer.result
  const { code, message, cause } = answer.failure
  throw new DefsError(code, message, { path, ...(cause === null ? {} : { cause: new Error(cause) }) })
}

/** What a thread answers. */
export type ThreadAnswer<Result> =
  | { readonly result: Result }
  | {
      readonly failure: { readonly code: ErrorCode; readonly message: string; readonly cause: string | null }
    }

/** Makes this thread answer what it is asked, by `work`, until whoever started it ends it. */
export function answerQuestions<Question, Result>(work: (question: Question) => Promise<Result>): void {
  parentPort?.on('message', async (question: Question) => {
    parentPort?.postMessage(await answerOf(question, work))
  })
}

async function answerOf<Question, Result>(
  question: Question,
  work: (question: Question) => Promise<Result>,
): Promise<ThreadAnswer<Result>> {
  try {
    return { result: await work(question) }
  } catch (error) {
    // Errors lose their class on the way to another thread.
    if (!isDefsError(error)) return { failure: { code: 'BUG', message: describeError(error), cause: null } }
    const { code, message, cause } = error
    return { failure: { code, message, cause: cause === undefined ? null : describeError(cause) } }
  }
}
