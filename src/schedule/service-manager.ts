import { execFile } from 'node:child_process'
import { limits } from '../limits.ts'
import { childEnvironment } from '../run-command.ts'
import { oneLine } from '../text/plain-text.ts'

/** Whoever started the daemon and wants to know how it does. */
export interface ServiceManager {
  /** Whether there is one, which starts anew what ends by itself. */
  readonly listens: boolean
  readonly ready: (status: string) => void
  readonly reloading: () => void
  readonly stopping: () => void
  readonly status: (text: string) => void
  /** Says that the daemon is alive, when it is time to. */
  readonly beat: () => void
  /** In how many milliseconds it is time to; never when nobody waits for it. */
  readonly beatDue: () => number
  /** Resolves when everything was told, or could not be in time. */
  readonly told: () => Promise<void>
}

/** Hands assignments such as `READY=1` on; resolves whatever becomes of them. */
export type Notify = (assignments: readonly string[]) => Promise<void>

/**
 * systemd as `sd_notify(3)` has it, when it started us; else nobody. Node has no datagram sockets of Unix, so
 * systemd's own program tells it: the unit needs `NotifyAccess=all`.
 */
export function openServiceManager(
  env: Readonly<Record<string, string | undefined>>,
  notify: Notify = bySystemd,
): ServiceManager {
  const listening = Boolean(env['NOTIFY_SOCKET'])
  const every = listening ? watchdogOf(env) : null
  let last = Number.NEGATIVE_INFINITY
  let queue = Promise.resolve()
  let waiting = 0
  // One at a time, for the order counts; a program that hangs must not pile up more of them.
  const tell = (...assignments: string[]) => {
    if (!listening || waiting >= 8) return
    waiting += 1
    queue = queue
      .then(() => notify(assignments))
      .finally(() => {
        waiting -= 1
      })
  }
  // By the clock that only runs on: one that was set back must not silence the heart.
  const dueIn = () => (every === null ? Number.POSITIVE_INFINITY : last + every - performance.now())
  return {
    listens: listening,
    ready: (status) => tell('READY=1', `STATUS=${oneLine(status)}`),
    // Of the clock that systemd compares with (Type=notify-reload).
    reloading: () => tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: () => tell('STOPPING=1'),
    status: (text) => tell(`STATUS=${oneLine(text)}`),
    beat() {
      if (dueIn() > 0) return
      last = performance.now()
      tell('WATCHDOG=1')
    },
    beatDue: dueIn,
    told: () => queue,
  }
}

/** A third of what systemd waits for a sign of life, so that one that is late on a busy machine does no harm; null when it does not, or waits for another process. */
function watchdogOf(env: Readonly<Record<string, string | undefined>>): number | null {
  const microseconds = Number(env['WATCHDOG_USEC'])
  const ours = env['WATCHDOG_PID'] === undefined || env['WATCHDOG_PID'] === String(process.pid)
  return ours && microseconds > 0 ? microseconds / 3000 : null
}

function bySystemd(assignments: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const options = { env: childEnvironment(), timeout: limits.notify, killSignal: 'SIGKILL' } as const
    execFile('systemd-notify', [...assignments], options, () => resolve())
  })
}
