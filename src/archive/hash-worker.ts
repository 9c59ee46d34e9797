import { parentPort } from 'node:worker_threads'
import { describeError, isDefsError } from '../error.ts'
import type { Answer, Question } from './hash-thread.ts'
import { carryOut } from './task.ts'

// The other side of hash-thread.ts, which ends this thread when it is no longer wanted.
const unending = new AbortController().signal

parentPort?.on('message', async (question: Question) => {
  parentPort?.postMessage(await answer(question))
})

async function answer({ task, algorithms }: Question): Promise<Answer> {
  try {
    return { digested: await carryOut(task, algorithms, unending) }
  } catch (error) {
    // Errors lose their class on the way to another thread.
    if (!isDefsError(error)) return { failure: { code: 'BUG', message: describeError(error), cause: null } }
    const { code, message, cause } = error
    return { failure: { code, message, cause: cause === undefined ? null : describeError(cause) } }
  }
}
