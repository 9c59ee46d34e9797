import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { flushAhead } from '../disk/flush-ahead.ts'
import { assertSpace } from '../disk/free-space.ts'
import { renamePatiently } from '../disk/rename.ts'
import { DefsError, storeError } from '../error.ts'
import { limits as bounds } from '../limits.ts'
import { inLanes } from '../thread/lanes.ts'
import { carryOut, isWorthThread, startHashThread, type Task } from './file-task.ts'
import { memberPath, Register } from './member-name.ts'
import type { OpenOptions } from './open.ts'
import type { OpenedFile } from './opened.ts'

/** The folders of one rebuilding. */
export interface Folders {
  readonly base: string
  /** Where the package lies opened; files given in full are moved out of it. */
  readonly given: string
  readonly to: string
}

/**
 * Carries a plan out, two files at a time on two cores, the largest first. No file is read twice: digests are
 * taken while it is copied or patched.
 * @returns every file of the new set, sorted by name
 * @throws ARCHIVE_BOMB_TOTAL above `limits.unpacked` bytes, other ARCHIVE_*; STORE_FULL where less than the reserve would
 *   stay free, other STORE_*; INTERRUPTED
 */
export async function rebuild(
  steps: readonly RebuildStep[],
  folders: Folders,
  { limits, algorithms, context, signal, reserve = 0 }: OpenOptions,
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
  const copied = made.reduce((sum, step) => sum + bytesKnown(step), 0)
  if (reserve > 0) assertSpace(folders.to, copied, reserve)
  const flushes = flushAhead()
  const thread = isWorthThread(made.map(({ base }) => base)) ? startHashThread() : null
  try {
    await inLanes(made, signal, async (step, stop, lane) => {
      const task = taskFor(step, folders, { maxBytes: room, reserve })
      const large = step.base.bytes > bounds.smallFile
      const worker = thread && lane === 1 && large ? thread : { carryOut }
      take({ name: step.name, ...(await worker.carryOut(task, algorithms, stop)) })
      if (large) flushes.add(task.to)
    })
    await flushes.done()
  } finally {
    await thread?.close()
    await flushes.done().catch(() => undefined)
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function bytesKnown(step: RebuildStep): number {
  if (step.how === 'patched') return 0
  return step.how === 'given' ? step.file.bytes : step.base.bytes
}

function taskFor(
  step: Exclude<RebuildStep, { how: 'given' }>,
  folders: Folders,
  bounds: { readonly maxBytes: number; readonly reserve: number },
): Exclude<Task, { do: 'digest' }> {
  const from = join(folders.base, step.base.name)
  const to = join(folders.to, step.name)
  if (step.how === 'copied') return { do: 'copy', from, to }
  return { do: 'patch', from, patch: join(folders.given, step.patch.name), to, ...bounds }
}

async function makeFolders(steps: readonly RebuildStep[], to: string): Promise<void> {
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

function tooLarge(most: number): DefsError {
  const text = `the set would hold more than ${most} bytes: it is refused; limits.unpacked can be raised`
  return new DefsError('ARCHIVE_BOMB_TOTAL', text)
}

/** How one file of the new set comes about; `name` is what it is called there. */
export type RebuildStep =
  | { readonly how: 'given'; readonly name: string; readonly file: OpenedFile }
  | {
      readonly how: 'patched'
      readonly name: string
      readonly base: OpenedFile
      readonly patch: OpenedFile
    }
  | { readonly how: 'copied'; readonly name: string; readonly base: OpenedFile }

/** What a plan is made of. */
export interface Ingredients {
  /** The files of the new set in lower case, as its guard names them; not proved yet. */
  readonly names: readonly string[]
  /** What is in the incremental package. */
  readonly given: readonly OpenedFile[]
  /** The files of the base set. */
  readonly base: readonly OpenedFile[]
}

// What guards do not name; the marker may be named all the same.
const apart = new Set(['v.grd', 'v.sig', 'zdone.dat'])
const patchEnding = '.vcdiff'

/**
 * Decides for every file of the new set how it comes about. Whether it turns out as the guard says is judged
 * afterwards; here every name is one that a package or a set on disk has, never one that only the guard has.
 * @throws TRUST_FILE_UNLISTED for a member that the guard does not name; TRUST_FILE_MISSING for a file that is
 *   neither in the package nor in the base; ARCHIVE_CORRUPT for a patch of nothing; ARCHIVE_DUPLICATE,
 *   ARCHIVE_COLLISION
 */
export function planSet({ names, given, base }: Ingredients): RebuildStep[] {
  const wanted = new Set(names)
  const whole = new Map<string, OpenedFile>()
  const patches = new Map<string, OpenedFile>()
  for (const file of given) {
    const name = fold(file.name)
    const patched = name.endsWith(patchEnding) ? name.slice(0, -patchEnding.length) : ''
    if (wanted.has(name) || apart.has(name)) whole.set(name, file)
    else if (wanted.has(patched)) patches.set(patched, file)
    else throw refuse('TRUST_FILE_UNLISTED', file.name, 'is in the package but not in its guard')
  }
  const bases = new Map(base.map((file) => [fold(file.name), file]))
  const register = new Register()
  return [...new Set([...whole.keys(), ...wanted])].map((name) => {
    const step = stepFor(name, whole.get(name), patches.get(name), bases.get(name))
    register.add(memberPath(step.name, 'file'), 'file')
    return step
  })
}

function stepFor(name: string, whole?: OpenedFile, patch?: OpenedFile, base?: OpenedFile): RebuildStep {
  if (whole && patch) throw refuse('ARCHIVE_DUPLICATE', name, 'is there in full and as a patch')
  if (whole) return { how: 'given', name: whole.name, file: whole }
  if (patch && !base) throw refuse('ARCHIVE_CORRUPT', name, 'is patched, but the base set has no such file')
  if (!base) throw refuse('TRUST_FILE_MISSING', name, 'is neither in the package nor in the base set')
  // The spelling that this machine's scanner knows.
  return patch ? { how: 'patched', name: base.name, base, patch } : { how: 'copied', name: base.name, base }
}

function refuse(
  code: 'ARCHIVE_CORRUPT' | 'ARCHIVE_DUPLICATE' | 'TRUST_FILE_MISSING' | 'TRUST_FILE_UNLISTED',
  name: string,
  why: string,
): DefsError {
  return new DefsError(code, `'${name}' ${why}: take the full package`, { path: name })
}

// As guards compare names: A to Z only.
function fold(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
