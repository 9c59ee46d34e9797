import { access, constants } from 'node:fs/promises'
import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net'
import type { Config } from '../config/config.ts'
import type { Checked, Loaded, LoadRequest } from '../config/resolve.ts'
import type { Context } from '../context.ts'
import { DefsError } from '../error.ts'
import type { Report } from '../event/report.ts'
import type { Environment } from './environment.ts'
import type { GlobalOptions } from './global-options.ts'

/** The configuration that is in force, which a daemon may read anew. */
export interface InForce {
  readonly config: Config
}

/** What a command may ask of the configuration. */
interface Loading {
  /** Values of flags by key path. */
  readonly flags?: Readonly<Record<string, string>>
  /** Whether passwords are wanted: only where a source is asked. */
  readonly secrets?: boolean
  /** Whether its warnings are left out: for whoever has printed them before. */
  readonly silent?: boolean
  /**
   * Whether the command writes to the store: run by root, it goes on as the user whose store it is. For a command that
   * writes a published tree, where that lies: for one of somebody else root stays root.
   */
  readonly writes?: boolean | ((config: Config) => string)
  /** Whether the command connects to nothing but the scanner: what only connections need is then not loaded. */
  readonly local?: boolean
}

/** What a command is given besides its input. */
export interface Session {
  readonly globals: GlobalOptions
  readonly context: Context
  readonly environment: Environment
  /** Adds a listener to what the core reports. */
  readonly listen: (listener: (report: Report) => void) => void
  /** The configuration, its warnings printed. @throws CONFIG_* */
  readonly load: (loading?: Loading) => Promise<Loaded>
  /** The configuration with its problems. @throws CONFIG_UNREADABLE, CONFIG_UNSAFE */
  readonly check: () => Promise<Checked>
  /** The families of the configuration; none when it is flat. @throws CONFIG_UNREADABLE, CONFIG_UNSAFE */
  readonly families: () => Promise<readonly string[]>
  /** The same session for one family. */
  readonly forFamily: (family: string) => Session
}

/** What the sessions of one run know of each other. */
interface Kept {
  /** The file of the configuration, null for none, once root has gone on as another user; not set before. */
  found?: string | null
}

/** Opens a session: the real clock, sleep and chance, and one stream of reports that several may listen to. */
export function openSession(
  environment: Environment,
  globals: GlobalOptions,
  signal: AbortSignal,
  console: (report: Report) => void,
  kept: Kept = {},
): Session {
  const listeners = [console]
  const context: Context = {
    now: environment.now,
    sleep: (milliseconds, extra) => sleep(milliseconds, extra ? [signal, extra] : [signal]),
    random: Math.random,
    signal,
    emit(report) {
      for (const listener of listeners) listener(report)
    },
  }
  const request = (loading: Loading): LoadRequest => ({
    file: globals.config,
    env: environment.env,
    cwd: environment.cwd,
    home: environment.home,
    uid: environment.uid,
    secrets: loading.secrets ?? false,
    flags: loading.flags ?? {},
    family: globals.family,
    ...kept,
    ...(environment.systemConfig === undefined ? {} : { system: environment.systemConfig }),
  })
  return {
    globals,
    context,
    environment,
    listen: (listener) => listeners.push(listener),
    async load(loading = {}) {
      const { loadConfig } = await import('../config/resolve.ts')
      const loaded = await loadConfig(request(loading))
      for (const text of loading.silent ? [] : loaded.warnings)
        context.emit({ type: 'note', level: 'warning', text })
      const connects = !loading.local || loaded.config.scanner.kind === 'clamd'
      if (connects) tryAddressesWithin(loaded.config.network.connectTimeout)
      if (loading.writes && process.geteuid?.() === 0) {
        const { actAsOwner } = await import('../upkeep/owner.ts')
        const tree = loading.writes === true ? null : loading.writes(loaded.config)
        // Who has given up root's rights may not even look into root's home for a file.
        if (await actAsOwner(loaded.config, tree, context)) {
          kept.found = loaded.config.file
          // Before anything is done, and not when the first error is to be told.
          if (kept.found !== null) await refuseUnreadable(kept.found)
        }
      } else if (loading.writes && kept.found !== undefined) {
        const { refuseOtherOwner } = await import('../upkeep/owner.ts')
        refuseOtherOwner(loaded.config, globals.family)
      }
      return loaded
    },
    async check() {
      const { checkConfig, checkFamilies } = await import('../config/resolve.ts')
      const asked = request({ secrets: true })
      return globals.family === null ? checkFamilies(asked) : checkConfig(asked)
    },
    async families() {
      const { listFamilies } = await import('../config/resolve.ts')
      return listFamilies(request({}))
    },
    forFamily: (family) => openSession(environment, { ...globals, family }, signal, console, kept),
  }
}

/**
 * Node.js gives each address of a host 250 ms, less than a handshake takes on many a slow link, and then the next one,
 * until none is left. With a share of the time to connect a few dead addresses still leave time for a good one. Holds
 * for every connection of the process, those of FTP and of the sinks included.
 */
function tryAddressesWithin(connectTimeout: number): void {
  setDefaultAutoSelectFamilyAttemptTimeout(Math.max(250, Math.floor(connectTimeout / 6)))
}

async function refuseUnreadable(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK)
  } catch (cause) {
    const text = `${path} cannot be read by the user whose store it names: give that user's group the right to (chgrp, chmod 640)`
    throw new DefsError('CONFIG_UNREADABLE', text, { path, cause })
  }
}

// Not by AbortSignal.any: each one leaves a trace on the signals it joins, and a daemon sleeps for months.
function sleep(milliseconds: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = signals.find((signal) => signal.aborted)
    if (aborted) return reject(aborted.reason)
    const leave = () => {
      clearTimeout(timer)
      for (const signal of signals) signal.removeEventListener('abort', stop)
    }
    const timer = setTimeout(() => {
      leave()
      resolve()
    }, milliseconds)
    function stop(event: Event): void {
      leave()
      reject(event.target instanceof AbortSignal ? event.target.reason : event)
    }
    for (const signal of signals) signal.addEventListener('abort', stop)
  })
}
