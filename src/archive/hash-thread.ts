import type { DigestAlgorithm } from '../digest.ts'
import { startThread } from '../thread/thread.ts'
import type { Digested } from './digest-member.ts'
import type { Task } from './task.ts'

/** What the thread is asked. */
export interface Question {
  readonly task: Task
  readonly algorithms: readonly DigestAlgorithm[]
}

/** A second thread that hashes, copies and patches files, one at a time, while this one works on others. */
export interface HashThread {
  /** Like `carryOut`, in the other thread. @throws what that throws; BUG when the thread ended */
  carryOut(task: Task, algorithms: readonly DigestAlgorithm[], signal: AbortSignal): Promise<Digested>
  /** Ends the thread, whatever it is doing. */
  close(): Promise<void>
}

/** Starts the thread. */
export function startHashThread(): HashThread {
  const thread = startThread<Question, Digested>('archive/hash-worker.js')
  return {
    carryOut(task, algorithms, signal) {
      return thread.ask({ task, algorithms }, task.do === 'digest' ? task.path : task.from, signal)
    },
    close: thread.close,
  }
}
