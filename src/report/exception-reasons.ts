import type { StandingException } from '../hawking/line/exceptions.ts'

/** A reason of the verdict. */
interface ExceptionReason {
  readonly code: 'exception' | 'exception-unmatched'
  readonly message: string
  readonly advice: string | null
}

/** What the exceptions of a store have to say beside the verdict: each is a hole that somebody wanted. */
export function exceptionReasons(exceptions: readonly StandingException[]): ExceptionReason[] {
  return exceptions.flatMap(({ id, reason, until, matches, state }): ExceptionReason[] => {
    if (state === 'over') {
      const message = `'${id}' is still excepted in the current set, and no longer meant to be`
      return [{ code: 'exception', message, advice: "run 'defs update'" }]
    }
    const when = state === 'waiting' ? ', from the next set on' : ''
    const message = `'${id}' is excepted until ${until ?? 'further notice'}${when}: ${reason}`
    const said = { code: 'exception', message, advice: null } as const
    if (matches !== false) return [said]
    const advice = `run 'defs exceptions remove ${id}', or except what it is called now`
    return [said, { code: 'exception-unmatched', message: `'${id}' matches nothing`, advice }]
  })
}
