import { parentPort } from 'node:worker_threads'
import { describeError, type ErrorCode, isDefsError } from '../error.ts'

/** What a thread answers. */
export type Answer<Result> =
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
): Promise<Answer<Result>> {
  try {
    return { result: await work(question) }
  } catch (error) {
    // Errors lose their class on the way to another thread.
    if (!isDefsError(error)) return { failure: { code: 'BUG', message: describeError(error), cause: null } }
    const { code, message, cause } = error
    return { failure: { code, message, cause: cause === undefined ? null : describeError(cause) } }
  }
}
