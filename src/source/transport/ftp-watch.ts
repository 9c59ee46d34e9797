import type { Client } from 'basic-ftp'
import { DefsError } from '../../error.ts'
import { interrupted } from './interrupted.ts'

/** An eye on a connection; the first thing it finds wrong closes the connection. */
export interface Watch {
  /** Why the connection was closed from here; undefined when it was not. */
  readonly failure: () => DefsError | undefined
  readonly stop: () => void
}

export interface WatchOptions {
  readonly url: string
  readonly signal: AbortSignal
  /** Milliseconds in all; null for no such bound. */
  readonly within: number | null
  /** Milliseconds without a byte on either connection; null for no such bound. */
  readonly silence: number | null
  /** True while it is we who keep the far side waiting. */
  readonly paused: () => boolean
}

/** Closes the connection when the run is interrupted, when it takes too long, or when it falls silent. */
export function watch(client: Client, options: WatchOptions): Watch {
  const { url, signal, within, silence, paused } = options
  let found: DefsError | undefined
  const timers: NodeJS.Timeout[] = []

  function fail(error: DefsError): void {
    if (found) return
    found = error
    client.ftp.closeWithError(error)
  }
  const abort = () => fail(interrupted(signal))

  if (within !== null) {
    const late = () =>
      fail(
        new DefsError('SOURCE_UNREACHABLE', `${url}: no login within ${within} ms`, {
          path: url,
          transient: true,
        }),
      )
    timers.push(setTimeout(late, within))
  }
  if (silence !== null) {
    const step = Math.max(5, Math.min(500, silence / 4))
    let seen = -1
    let idle = 0
    const look = () => {
      const bytes = client.ftp.socket.bytesRead + (client.ftp.dataSocket?.bytesRead ?? 0)
      // Looks are counted, not time: when our own process was busy, the far side is not to blame.
      idle = bytes === seen && !paused() ? idle + step : 0
      seen = bytes
      if (idle < silence) return
      fail(
        new DefsError('SOURCE_STALLED', `${url}: nothing came for ${silence} ms`, {
          path: url,
          transient: true,
        }),
      )
    }
    timers.push(setInterval(look, step))
  }
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })

  return {
    failure: () => found,
    stop() {
      for (const timer of timers) clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    },
  }
}
