import type { Checked, Loaded, LoadRequest } from '../config/resolve.ts'
import type { Context } from '../context.ts'
import type { Report } from '../event/report.ts'
import type { Globals } from './globals.ts'
import type { World } from './world.ts'

/** What a command may ask of the configuration. */
interface Loading {
  /** Values of flags by key path. */
  readonly flags?: Readonly<Record<string, string>>
  /** Whether passwords are wanted: only where a source is asked. */
  readonly secrets?: boolean
}

/** What a command is given besides its input. */
export interface Session {
  readonly globals: Globals
  readonly context: Context
  readonly world: World
  /** Adds a listener to what the core reports. */
  readonly listen: (listener: (report: Report) => void) => void
  /** The configuration, its warnings printed. @throws CONFIG_* */
  readonly load: (loading?: Loading) => Promise<Loaded>
  /** The configuration with its problems. @throws CONFIG_UNREADABLE, CONFIG_UNSAFE */
  readonly check: () => Promise<Checked>
}

/** Opens a session: the real clock, sleep and chance, and one stream of reports that several may listen to. */
export function openSession(
  world: World,
  globals: Globals,
  signal: AbortSignal,
  console: (report: Report) => void,
): Session {
  const listeners = [console]
  const context: Context = {
    now: world.now,
    sleep: (milliseconds, extra) => sleep(milliseconds, extra ? AbortSignal.any([signal, extra]) : signal),
    random: Math.random,
    signal,
    emit(report) {
      for (const listener of listeners) listener(report)
    },
  }
  const request = (loading: Loading): LoadRequest => ({
    file: globals.config,
    env: world.env,
    cwd: world.cwd,
    home: world.home,
    uid: world.uid,
    secrets: loading.secrets ?? false,
    flags: loading.flags ?? {},
    ...(world.systemConfig === undefined ? {} : { system: world.systemConfig }),
  })
  return {
    globals,
    context,
    world,
    listen: (listener) => listeners.push(listener),
    async load(loading = {}) {
      const { loadConfig } = await import('../config/resolve.ts')
      const loaded = await loadConfig(request(loading))
      for (const text of loaded.warnings) context.emit({ type: 'note', level: 'warning', text })
      return loaded
    },
    async check() {
      const { checkConfig } = await import('../config/resolve.ts')
      return checkConfig(request({ secrets: true }))
    },
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const wake = () => {
      signal.removeEventListener('abort', stop)
      resolve()
    }
    const timer = setTimeout(wake, milliseconds)
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
  })
}
