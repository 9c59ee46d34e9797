import { DefsError } from '../../error.ts'
import { memberPath } from '../name.ts'
import type { OpenedFile } from '../opened.ts'
import { Register } from '../register.ts'

/** How one file of the new set comes about; `name` is what it is called there. */
export type Step =
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
export function planSet({ names, given, base }: Ingredients): Step[] {
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

function stepFor(name: string, whole?: OpenedFile, patch?: OpenedFile, base?: OpenedFile): Step {
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
