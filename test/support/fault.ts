import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ended, oneObject, program } from './run-defs.ts'

/** Something done at one of several system calls. */
export interface Fault {
  readonly calls: readonly string[]
  /** As strace has it: `signal=KILL`, `error=EIO`. */
  readonly effect: string
  /** The only file of the store to which it is done. */
  readonly only?: string
}

/** The same at one call: the n-th of that name in its thread, as strace counts. */
export interface Point extends Omit<Fault, 'calls'> {
  readonly call: string
  readonly when: number
}

/** The arguments by which strace does it. */
export function faultOf({ call, effect, only, when }: Point, store: string): string[] {
  const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:${effect}:when=${when}`]
  return only === undefined ? inject : [...inject, '-P', join(store, only)]
}

/**
 * Runs the built program under strace.
 * @param point null to write down the calls of a run to which nothing is done
 * @returns the log of the traced calls, and whether something was injected
 */
export async function runTraced(
  args: readonly string[],
  point: Point | null,
  store: string,
): Promise<{ ended: Ended; log: string; injected: boolean }> {
  const folder = mkdtempSync(join(tmpdir(), 'defs-strace-'))
  try {
    const file = join(folder, 'log')
    const all =
      'fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,symlink,link,write,pwrite64'
    const trace = point ? faultOf(point, store) : ['-e', `trace=${all}`]
    const own = ['-f', '-y', '-qq', '-o', file, ...trace, process.execPath, program]
    const ended = await run([...own, ...args])
    const log = readFileSync(file, 'utf8')
    return { ended, log, injected: ended.signal !== null || log.includes('(INJECTED)') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** How long one run under strace may take. Milliseconds. */
const patience = 120_000

function run(args: readonly string[]): Promise<Ended> {
  // strace counts by thread, so the program gets one thread for all its file work.
  const env = { ...process.env, NO_COLOR: '1', DEFS_STORE_RESERVE: '0', UV_THREADPOOL_SIZE: '1' }
  const child = spawn('strace', args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk
  })
  return new Promise((resolve, reject) => {
    // A run that hangs under strace would hang the suite.
    const late = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`still running after ${patience / 1000} s: ${args.join(' ')}\n${stderr}`))
    }, patience)
    child.on('close', (code, signal) => {
      clearTimeout(late)
      resolve({ code, signal, stdout, stderr, json: oneObject(stdout) })
    })
  })
}

/** Where a fault can be done to the store, by the log of a run to which nothing was done. */
export function pointsOf(log: string, fault: Fault, store: string): Point[] {
  const { calls, ...rest } = fault
  const place = fault.only === undefined ? store : join(store, fault.only)
  const counts = new Map<string, number>()
  const points = new Map<string, Point>()
  for (const [, thread = '', call = '', given = ''] of log.matchAll(/^(\d+) +(\w+)\((.*)$/gm)) {
    // With a file to hold to, strace counts only the calls for that one.
    if (!calls.includes(call) || (fault.only !== undefined && !given.includes(place))) continue
    const when = (counts.get(`${thread} ${call}`) ?? 0) + 1
    counts.set(`${thread} ${call}`, when)
    // The n-th call of two threads is one point: whichever comes first is hit.
    if (given.includes(place)) points.set(`${call} ${when}`, { ...rest, call, when })
  }
  return [...points.values()]
}

/** At most so many of a list, spread over its whole length, its ends included. */
export function evenly<T>(list: readonly T[], count: number): T[] {
  if (list.length <= count) return [...list]
  const step = count > 1 ? (list.length - 1) / (count - 1) : 0
  const picked = new Set(Array.from({ length: count }, (_, index) => Math.round(index * step)))
  return list.filter((_, index) => picked.has(index))
}
