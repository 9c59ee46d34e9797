import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { limits } from '../limits.ts'
import { inLanes, stopIfAborted } from '../thread/lanes.ts'
import { startThread, type Thread, threadProgram } from '../thread/worker.ts'
import { makePatch } from './make-patch.ts'

/** A file on disk and its length. */
export interface Measured {
  readonly path: string
  readonly bytes: number
}

/** One of the patches that {@link makePatches} makes. */
export interface PatchJob {
  readonly base: Measured
  readonly target: Measured
  /** Created here, in a folder of the caller's own where nothing is yet. */
  readonly patch: string
}

/** More cores than these hardly ever wait for us, and each costs the memory of a base. */
const mostLanes = 4

/**
 * A thread costs 150 ms of a core until it runs as fast as this one, which does this much in that time: bases and
 * new files together. Bytes.
 */
const worthThread = 64 * 1024 * 1024

/**
 * Makes patches with all cores, the largest first, so that they end together; the patches are those of `makePatch`.
 * Each file has one thread, this one or another, and where there is little to do there is no other. Memory: what
 * `makePatch` takes for each thread and 12 MiB more for each other one, at most four in all, and fewer when their
 * bases would not fit into `limits.patchBases`.
 * @returns the length of each patch
 * @throws STORE_FULL, STORE_PERMISSION, STORE_IO, INTERRUPTED; BUG when a thread ended. No patch is left then
 */
export async function makePatches(
  jobs: readonly PatchJob[],
  signal: AbortSignal,
): Promise<ReadonlyMap<PatchJob, number>> {
  stopIfAborted(signal, 'working on a patch')
  const lengths = new Map<PatchJob, number>()
  const lanes = lanesFor(jobs)
  // This thread is a lane, too.
  const start = () => startThread(threadProgram('vcdiff/patch-worker'), makeHere)
  const threads = Array.from({ length: lanes - 1 }, start)
  try {
    const work = async (job: PatchJob, stop: AbortSignal, lane: number) => {
      lengths.set(job, await make(job, threads[lane - 1], stop))
    }
    const largestFirst = jobs.toSorted((a, b) => effort(b) - effort(a))
    await inLanes(largestFirst, signal, work, lanes)
    return lengths
  } catch (error) {
    await endAll(threads)
    // A thread that is ended does not clear away what it has begun.
    for (const { patch } of jobs) await rm(patch, { force: true }).catch(() => {})
    throw error
  } finally {
    await endAll(threads)
  }
}

async function make(
  job: PatchJob,
  thread: Thread<PatchJob, number> | undefined,
  signal: AbortSignal,
): Promise<number> {
  return thread ? thread.ask(job, job.base.path, signal) : makeHere(job, signal)
}

async function makeHere({ base, target, patch }: PatchJob, signal: AbortSignal): Promise<number> {
  const { bytes } = await makePatch({ base: base.path, target: target.path, patch, signal })
  return bytes
}

async function endAll(threads: readonly Thread<PatchJob, number>[]): Promise<void> {
  await Promise.all(threads.map((thread) => thread.close()))
}

/** What is read for a patch. Bytes. */
function effort({ base, target }: PatchJob): number {
  return base.bytes + target.bytes
}

function lanesFor(jobs: readonly PatchJob[]): number {
  const efforts = jobs.map(effort)
  const total = efforts.reduce((sum, bytes) => sum + bytes, 0)
  // A thread has to find enough to do while this one is at the largest file.
  const useful = 1 + Math.floor((total - Math.max(0, ...efforts)) / worthThread)
  const largestBase = Math.min(Math.max(1, ...jobs.map(({ base }) => base.bytes)), limits.patchBase)
  const fitting = Math.floor(limits.patchBases / largestBase)
  return Math.max(1, Math.min(availableParallelism(), mostLanes, jobs.length, useful, fitting))
}
