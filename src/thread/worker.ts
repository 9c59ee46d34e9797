import { statSync } from 'node:fs'
import { parentPort, SHARE_ENV, Worker } from 'node:worker_threads'
import { DefsError, describeError, type ErrorCode, isDefsError } from '../error.ts'
import { stopIfAborted } from './lanes.ts'

/** Another thread, which answers questions one after the other, in their order, while this one does other work. */
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
 * Starts a thread: it is ready some 30 ms later, and what is asked before waits. Memory: about 12 MiB and what its
 * work takes.
 * @param program calls `answerQuestions`
 * @param here does the same work in this thread, where Node may start no other or the system has none to give
 */
export function startThread<Question, Result>(
  program: URL,
  here: (question: Question, signal: AbortSignal) => Promise<Result>,
): Thread<Question, Result> {
  try {
    return threadOf(new Worker(program, { env: SHARE_ENV }))
  } catch {
    return { ask: (question, _, signal) => here(question, signal), close: () => Promise.resolve() }
  }
}

function threadOf<Question, Result>(worker: Worker): Thread<Question, Result> {
  // The oldest first: so they are answered.
  const asked: Asked<Result>[] = []
  let end: Error | null = null
  const fail = (cause: Error) => {
    end ??= cause
    for (const { reject } of asked.splice(0)) reject(end)
  }
  worker.on('message', (answer: ThreadAnswer<Result>) => {
    asked.shift()?.resolve(answer)
    if (asked.length === 0) worker.unref()
  })
  worker.once('error', fail)
  worker.once('exit', (code) => fail(new Error(`it ended with ${code}`)))
  // Only a question keeps the process alive; whoever listens to it would, too.
  worker.unref()

  function answerTo(question: Question): Promise<ThreadAnswer<Result>> {
    return new Promise((resolve, reject) => {
      if (end) return reject(end)
      asked.push({ resolve, reject })
      worker.ref()
      worker.postMessage(question)
    })
  }

  return {
    async ask(question, about, signal) {
      const doing = `working on ${about}`
      stopIfAborted(signal, doing)
      const answer = answerTo(question)
      const left = leftBy(signal)
      try {
        return read(await Promise.race([answer, left.promise]), about)
      } catch (error) {
        if (error instanceof DefsError) throw error
        stopIfAborted(signal, doing)
        throw new DefsError('BUG', `the thread ${doing} ended`, { cause: error })
      } finally {
        left.release()
        if (signal.aborted) worker.unref()
      }
    },
    async close() {
      await worker.terminate()
    },
  }
}

/**
 * The program of a thread as it was built: one script, which starts sooner than a module. Whoever has compiled since and not
 * built gets the module.
 * @param name as it is called below `dist/`, without its ending
 */
export function threadProgram(name: string): URL {
  const [script, module] = [new URL(`${name}.cjs`, programs), new URL(`${name}.js`, programs)]
  const madeAt = (file: URL) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return madeAt(script) >= madeAt(module) ? script : module
}

interface Asked<Result> {
  readonly resolve: (answer: ThreadAnswer<Result>) => void
  readonly reject: (cause: Error) => void
}

/** A promise that fails once the signal is aborted. */
function leftBy(signal: AbortSignal): { readonly promise: Promise<never>; readonly release: () => void } {
  let leave: () => void = () => undefined
  const promise = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason)
    signal.addEventListener('abort', leave)
  })
  return { promise, release: () => signal.removeEventListener('abort', leave) }
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

/** Makes this thread answer what it is asked, one question after the other, by `work`, until whoever started it ends it. */
export function answerQuestions<Question, Result>(work: (question: Question) => Promise<Result>): void {
  let last: Promise<void> = Promise.resolve()
  parentPort?.on('message', (question: Question) => {
    last = last.then(async () => parentPort?.postMessage(await answerOf(question, work)))
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
