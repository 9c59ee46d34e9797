import type { Context } from '../context.ts'

/**
 * Does work with a signal of its own that follows the signal of the context. What the work hangs on its signal goes
 * with it: on the signal of a daemon, which lives for months, every run would leave something behind.
 */
export async function withOwnSignal<T>(context: Context, work: (context: Context) => Promise<T>): Promise<T> {
  const own = new AbortController()
  const follow = () => own.abort(context.signal.reason)
  if (context.signal.aborted) follow()
  context.signal.addEventListener('abort', follow)
  try {
    return await work({ ...context, signal: own.signal })
  } finally {
    context.signal.removeEventListener('abort', follow)
  }
}
