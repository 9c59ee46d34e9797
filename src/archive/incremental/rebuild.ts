import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DefsError, storeError } from '../../error.ts'
import { renamePatiently } from '../../file-in-use.ts'
import { inLanes } from '../../thread/lanes.ts'
import { startHashThread } from '../hash-thread.ts'
import type { OpenOptions } from '../open.ts'
import type { OpenedFile } from '../opened.ts'
import { carryOut, type Task } from '../task.ts'
import type { Step } from './plan.ts'

/** The folders of one rebuilding. */
export interface Folders {
  readonly base: string
  /** Where the package lies opened; files given in full are moved out of it. */
  readonly given: string
  readonly to: string
}

/** Sets from this size on are worth a second thread, which takes some 40 ms to start. Bytes. */
const threadFrom = 16 * 1024 * 1024

/**
 * Carries a plan out, two files at a time on two cores, the largest first. No file is read twice: digests are
 * taken while it is copied or patched.
 * @returns every file of the new set, sorted by name
 * @throws ARCHIVE_BOMB_TOTAL above `limits.unpacked` bytes, other ARCHIVE_*; STORE_*; INTERRUPTED
 */
export async function rebuild(
  steps: readonly Step[],
  folders: Folders,
  { limits, algorithms, context, signal }: OpenOptions,
): Promise<OpenedFile[]> {
  // What is known beforehand leaves the rest to the patches.
  const room = limits.unpacked - steps.reduce((sum, step) => sum + bytesKnown(step), 0)
  if (room < 0) throw tooLarge(limits.unpacked)
  const files: OpenedFile[] = []
  let done = 0
  const take = (file: OpenedFile) => {
    files.push(file)
    done += file.bytes
    if (done > limits.unpacked) throw tooLarge(limits.unpacked)
    context.emit({ type: 'progress', step: 'open', subject: file.name, done, total: null })
  }

  await makeFolders(steps, folders.to)
  for (const step of steps) {
    if (step.how !== 'given') continue
    await moveIn(step.file.name, folders)
    take(step.file)
  }
  const made = steps.filter((step) => step.how !== 'given').sort((a, b) => b.base.bytes - a.base.bytes)
  const bytes = made.reduce((sum, { base }) => sum + base.bytes, 0)
  let flushing = Promise.resolve()
  const thread = bytes < threadFrom ? null : startHashThread()
  try {
    await inLanes(made, signal, async (step, stop, lane) => {
      const task = taskFor(step, folders, room)
      const worker = thread && lane === 1 ? thread : { carryOut }
      take({ name: step.name, ...(await worker.carryOut(task, algorithms, stop)) })
      flushing = flushing.then(() => beginFlush(task.to))
    })
  } finally {
    await thread?.close()
    await flushing
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function bytesKnown(step: Step): number {
  if (step.how === 'patched') return 0
  return step.how === 'given' ? step.file.bytes : step.base.bytes
}

function taskFor(
  step: Exclude<Step, { how: 'given' }>,
  folders: Folders,
  maxBytes: number,
): Exclude<Task, { do: 'digest' }> {
  const from = join(folders.base, step.base.name)
  const to = join(folders.to, step.name)
  if (step.how === 'copied') return { do: 'copy', from, to }
  return { do: 'patch', from, patch: join(folders.given, step.patch.name), to, maxBytes }
}

async function makeFolders(steps: readonly Step[], to: string): Promise<void> {
  for (const folder of new Set(steps.map(({ name }) => dirname(join(to, name))))) {
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw storeError(error, `making ${folder}`)
    })
  }
}

async function moveIn(name: string, { given, to }: Folders): Promise<void> {
  await renamePatiently(join(given, name), join(to, name)).catch((error: unknown) => {
    throw storeError(error, `moving ${name} into ${to}`)
  })
}

/** The disk has nothing else to do while the next files are made, and staging then finds it nearly done. */
async function beginFlush(path: string): Promise<void> {
  try {
    const file = await open(path, 'r')
    await file.datasync().finally(() => file.close())
  } catch {
    // Staging flushes everything, and says what is wrong; Windows flushes only what is open for writing.
  }
}

function tooLarge(most: number): DefsError {
  const text = `the set would hold more than ${most} bytes: it is refused; limits.unpacked can be raised`
  return new DefsError('ARCHIVE_BOMB_TOTAL', text)
}
