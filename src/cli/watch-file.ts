import { readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What a look at a file says; `perhaps` while it may still be written to. */
export type Change = 'no' | 'perhaps' | 'yes'

/**
 * Whether a file has changed since the last yes, by its number, size and time. Says so only once two looks in a row
 * have found the same, so that a file is not read while an editor still writes it: `perhaps` until then. No file never
 * changes. At once, and so without waking any other thread.
 */
export function watchFile(path: string | null): () => Change {
  let known: string | null = null
  let seen: string | null = null
  return () => {
    if (path === null) return 'no'
    const now = signatureOf(path)
    const settled = now === seen
    seen = now
    known ??= now
    if (now === known) return 'no'
    if (!settled) return 'perhaps'
    known = now
    return 'yes'
  }
}

function signatureOf(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path)
    return `${ino} ${size} ${mtimeMs}`
  } catch {
    return 'absent'
  }
}

/** The file of the program that runs, and whether another one lies in its place by now. */
export interface OwnProgram {
  readonly path: string
  readonly changed: () => Change
}

/**
 * Watches the bundle that was started. Its first file names all others by what they hold, so that it says of all whether
 * they are the same; one that was only written anew, or is gone for a moment, is no other program.
 * @param program what Node.js was told to run: a link, mostly
 */
export function watchProgram(program: string): OwnProgram {
  const path = bundleOf(program)
  const changed = watchFile(path)
  let known = contentsOf(path)
  changed()
  return {
    path,
    changed() {
      const change = changed()
      if (change !== 'yes') return change
      const now = contentsOf(path)
      if (now === null || known === null || now.equals(known)) return 'no'
      known = now
      return 'yes'
    },
  }
}

function bundleOf(program: string): string {
  try {
    return join(dirname(realpathSync(program)), '..', 'dist', 'bundle', 'run.js')
  } catch {
    return program
  }
}

function contentsOf(path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch {
    return null
  }
}
