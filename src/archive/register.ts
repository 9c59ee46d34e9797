import { DefsError } from '../error.ts'

interface Known {
  readonly path: string
  readonly type: 'file' | 'folder'
  /** False for a folder known only from what lies in it. */
  readonly named: boolean
}

/**
 * The paths of one package so far. Refuses what would be one file on some system: a second writer of one path
 * could replace what was checked before (one for the guard, the other for the scanner).
 */
export class Register {
  readonly #known = new Map<string, Known>()

  /**
   * Takes note of a path from `memberPath`, and of the folders above it.
   * @throws ARCHIVE_DUPLICATE the same path again
   * @throws ARCHIVE_COLLISION a path equal but for case or Unicode form, or a file where a folder must be
   */
  add(path: string, type: 'file' | 'folder'): void {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      this.#take({ path: path.slice(0, slash), type: 'folder', named: false })
    }
    this.#take({ path, type, named: true })
  }

  #take(next: Known): void {
    const key = fold(next.path)
    const known = this.#known.get(key)
    if (!known) {
      this.#known.set(key, next)
      return
    }
    if (known.path !== next.path || known.type !== next.type) {
      throw new DefsError(
        'ARCHIVE_COLLISION',
        `members '${known.path}' and '${next.path}' are one file on some systems: the package is refused`,
      )
    }
    if (known.named && next.named) {
      throw new DefsError('ARCHIVE_DUPLICATE', `member '${next.path}' is there twice: the package is refused`)
    }
    if (next.named) this.#known.set(key, next)
  }
}

// Coarser than any file system: compatibility forms and full case mapping, so that none sees a collision we miss.
function fold(path: string): string {
  return path.normalize('NFKC').toLowerCase().toUpperCase().normalize('NFKC')
}
