import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { DigestAlgorithm } from '../digest.ts'
import { DefsError, type ErrorCode } from '../error.ts'
import type { Digested } from './digest-member.ts'
import { stopIfAborted } from './interrupt.ts'

/** What the thread is asked. */
export interface Question {
  readonly path: string
  readonly algorithms: readonly DigestAlgorithm[]
}

/** What it answers. */
export type Answer =
  | { readonly digested: Digested }
  | {
      readonly failure: { readonly code: ErrorCode; readonly message: string; readonly cause: string | null }
    }

/** A second thread that hashes files, one at a time, while this one hashes others. */
export interface HashThread {
  /** Like `digestMember`, in the other thread. @throws what that throws; BUG when the thread ended */
  digest(path: string, algorithms: readonly DigestAlgorithm[], signal: AbortSignal): Promise<Digested>
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
    async digest(path, algorithms, signal) {
      stopIfAborted(signal)
      if (ended !== undefined) throw lost(ended)
      worker.postMessage({ path, algorithms } satisfies Question)
      try {
        const [answer] = (await once(worker, 'message', { signal })) as [Answer]
        return read(answer, path)
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

function read(answer: Answer, path: string): Digested {
  if ('digested' in answer) return answer.digested
  const { code, message, cause } = answer.failure
  throw new DefsError(code, message, { path, ...(cause === null ? {} : { cause: new Error(cause) }) })
}

function lost(cause: unknown): DefsError {
  return new DefsError('BUG', 'the thread that hashes files ended', { cause })
}
