import { parentPort } from 'node:worker_threads'
import { describeError, isDefsError } from '../error.ts'
import { digestMember } from './digest-member.ts'
import type { Answer, Question } from './hash-thread.ts'

// The other side of hash-thread.ts, which ends this thread when it is no longer wanted.
const unending = new AbortController().signal

parentPort?.on('message', async ({ path, algorithms }: Question) => {
  parentPort?.postMessage(await answer(path, algorithms))
})

async function answer(path: string, algorithms: Question['algorithms']): Promise<Answer> {
  try {
    return { digested: await digestMember(path, algorithms, unending) }
  } catch (error) {
    // Errors lose their class on the way to another thread.
    if (!isDefsError(error)) return { failure: { code: 'BUG', message: describeError(error), cause: null } }
    const { code, message, cause } = error
    return { failure: { code, message, cause: cause === undefined ? null : describeError(cause) } }
  }
}
