import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { DigestAlgorithm } from '../digest.ts'
import { DefsError, type ErrorCode } from '../error.ts'
import type { Digested } from './digest-member.ts'
import { stopIfAborted } from './interrupt.ts'
import type { Task } from './task.ts'

/** What the thread is asked. */
export interface Question {
  readonly task: Task
  readonly algorithms: readonly DigestAlgorithm[]
}

/** What it answers. */
export type Answer =
  | { readonly digested: Digested }
  | {
      readonly failure: { readonly code: ErrorCode; readonly message: string; readonly cause: string | null }
    }

/** A second thread that hashes, copies and patches files, one at a time, while this one works on others. */
export interface HashThread {
  /** Like `carryOut`, in the other thread. @throws what that throws; BUG when the thread ended */
  carryOut(task: Task, algorithms: readonly DigestAlgorithm[], signal: AbortSignal): Promise<Digested>
  /** Ends the thread, whatever it is doing. */
  close(): Promise<void>
}

// Compiled, bundled or as source, this file lies two folders below the project, the compiled worker always there.
const program = new URL('../../dist/archive/hash-worker.js', import.meta.url)

/** Starts the thread. It is ready some 40 ms later; what is asked before waits. */
export function startHashThread(): HashThread {
  const worker = new Worker(program)
  let ended: unknown
  worker.once('error', (error) => {
    ended = error
  })
  return {
    async carryOut(task, algorithms, signal) {
      stopIfAborted(signal)
      if (ended !== undefined) throw lost(ended)
      worker.postMessage({ task, algorithms } satisfies Question)
      try {
        const [answer] = (await once(worker, 'message', { signal })) as [Answer]
        return read(answer, task)
      } catch (error) {
        if (error instanceof DefsError) throw error
        stopIfAborted(signal)
        throw lost(error)
      }
    },
    async close() {
      await worker.terminate()
    },
  }
}

function read(answer: Answer, task: Task): Digested {
  if ('digested' in answer) return answer.digested
  const { code, message, cause } = answer.failure
  const path = task.do === 'digest' ? task.path : task.from
  throw new DefsError(code, message, { path, ...(cause === null ? {} : { cause: new Error(cause) }) })
}

function lost(cause: unknown): DefsError {
  return new DefsError('BUG', 'the thread that hashes files ended', { cause })
}
