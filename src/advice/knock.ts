import { connect } from 'node:net'
import { limits } from '../limits.ts'

/** A place that can be knocked at. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** What knocking told. */
export interface Knock extends Endpoint {
  readonly reachable: boolean
  readonly durationMs: number
  /** Why not, as the system names it (`ECONNREFUSED`, `ENOTFOUND`, `ETIMEDOUT`); null when somebody is there. */
  readonly error: string | null
}

/** Opens a TCP connection, sends nothing and closes it. Takes `limits.knock` at the most and never throws. */
export function knock({ host, port }: Endpoint, signal: AbortSignal): Promise<Knock> {
  const begun = performance.now()
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const timer = setTimeout(() => end('ETIMEDOUT'), limits.knock)
    const abort = () => end('ABORT_ERR')
    function end(error: string | null): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      socket.destroy()
      const durationMs = Math.round(performance.now() - begun)
      resolve({ host, port, reachable: error === null, durationMs, error })
    }
    socket.once('connect', () => end(null))
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'EIO'))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}
