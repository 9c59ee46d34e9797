import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'

/** What tells one process from every other, later ones with the same number included. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks from boot to the start of the process; null where /proc is absent. */
  readonly started: string | null
  /** Changes with every boot; null where /proc is absent. */
  readonly boot: string | null
  readonly host: string
}

/** The identity of this process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const { pid } = process
  return { pid, started: await startOf(pid), boot: await bootId(), host: hostname() }
}

/**
 * Whether a process of this machine still runs; a zombie does not, once all its threads have ended. A killed process is one
 * while a thread of it still finishes what it asked of the kernel, as removing a file.
 */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const boot = await bootId()
  if (boot !== null && identity.boot !== null && boot !== identity.boot) return false
  if (identity.started !== null) return (await startOf(identity.pid)) === identity.started
  try {
    process.kill(identity.pid, 0)
    return true
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

async function bootId(): Promise<string | null> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => null)
  return text?.trim() ?? null
}

async function startOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null)
  if (text === null) return null
  // The second field is the program's name, which may hold blanks and brackets: count from its last bracket.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  const threads = Number(fields[17])
  return (state === 'Z' && !(threads > 1)) || state === 'X' ? null : (fields[19] ?? null)
}
