import { availableParallelism } from 'node:os'
import type { DigestAlgorithm } from '../digest.ts'
import { limits } from '../limits.ts'
import { startThread, threadProgram } from '../thread/worker.ts'
import { copyMember, type Digested, digestMember } from './member-file.ts'

/** Work on one file that ends with the digests of what is there then. */
export type Task =
  | { readonly do: 'digest'; readonly path: string }
  | { readonly do: 'copy'; readonly from: string; readonly to: string }
  | {
      readonly do: 'patch'
      readonly from: string
      readonly patch: string
      readonly to: string
      /** The most that the patch may make. Bytes. */
      readonly maxBytes: number
      /** What stays free on the disk. Bytes. */
      readonly reserve: number
    }

/**
 * Carries a task out, in whichever thread this is.
 * @param algorithms wanted beside SHA-256
 * @throws ARCHIVE_*, STORE_*, INTERRUPTED
 */
export async function carryOut(
  task: Task,
  algorithms: readonly DigestAlgorithm[],
  signal: AbortSignal,
): Promise<Digested> {
  if (task.do === 'digest') return digestMember(task.path, algorithms, signal)
  if (task.do === 'copy') return copyMember(task.from, task.to, algorithms, signal)
  // Loaded by those who patch only.
  const { applyPatch } = await import('../vcdiff/apply-patch.ts')
  const { from: base, patch, to: output, maxBytes, reserve } = task
  const wanted = ['sha256', ...algorithms] as const
  const bounds = { maxBytes, reserve }
  const { bytes, hashing } = await applyPatch({ base, patch, output, ...bounds, algorithms: wanted, signal })
  return { bytes, sha256: hashing.finish('sha256') ?? '', sha1: hashing.finish('sha1') }
}

/** What the thread is asked. */
export interface Question {
  readonly task: Task
  readonly algorithms: readonly DigestAlgorithm[]
}

/** A second thread that hashes, copies and patches files, one at a time, while this one works on others. */
export interface HashThread {
  /** Like `carryOut`, in the other thread. @throws what that throws; BUG when the thread ended */
  carryOut(task: Task, algorithms: readonly DigestAlgorithm[], signal: AbortSignal): Promise<Digested>
  /** Ends the thread, whatever it is doing. */
  close(): Promise<void>
}

/** So many bytes in large files are worth a second thread, which takes some 40 ms to start. */
const threadFrom = 16 * 1024 * 1024

/** Whether work on these files is done sooner by two threads. A small one takes no longer than asking the other thread. */
export function isWorthThread(files: readonly { readonly bytes: number }[]): boolean {
  return files.reduce((sum, { bytes }) => sum + (bytes > limits.smallFile ? bytes : 0), 0) >= threadFrom
}

/** One that waits for whoever asks. */
let expected: HashThread | null = null

/** So long it waits to be asked for. Milliseconds. */
const patience = 5000

/**
 * Starts the thread for whoever asks for it next. For a command that hashes most of the time: the thread starts while
 * the command itself does. Unasked it keeps no process alive, and ends after a while.
 */
export function expectHashThread(): void {
  if (expected !== null || availableParallelism() < 2) return
  offer(newHashThread())
}

/** Leaves a thread that has nothing to do to whoever asks for one next: a set is made of the one that was just proved. */
export function leaveHashThread(thread: HashThread): void {
  if (expected === null) offer(thread)
  else thread.close().catch(() => undefined)
}

function offer(thread: HashThread): void {
  expected = thread
  setTimeout(() => {
    if (expected === thread) void startHashThread().close()
  }, patience).unref()
}

/** Starts the thread, or takes the one that waits. */
export function startHashThread(): HashThread {
  const thread = expected ?? newHashThread()
  expected = null
  return thread
}

function newHashThread(): HashThread {
  const here = ({ task, algorithms }: Question, signal: AbortSignal) => carryOut(task, algorithms, signal)
  const thread = startThread(threadProgram('archive/hash-worker'), here)
  return {
    carryOut(task, algorithms, signal) {
      return thread.ask({ task, algorithms }, task.do === 'digest' ? task.path : task.from, signal)
    },
    close: thread.close,
  }
}
