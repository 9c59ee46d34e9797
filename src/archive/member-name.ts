import { DefsError, type ErrorCode } from '../error.ts'
import { limits } from '../limits.ts'
import { type NameFault, nameFault } from '../text/file-name.ts'

interface Rule {
  readonly code: ErrorCode
  readonly fault: string
  readonly breaks: (name: string, segments: readonly string[]) => boolean
}

// Judged in this order; the first rule that is broken names the error.
const rules: readonly Rule[] = [
  { code: 'ARCHIVE_NAME_CONTROL', fault: 'holds a control character', breaks: has('control') },
  // \\server\share and //server/share make Windows send its credentials to that server.
  { code: 'ARCHIVE_NAME_UNC', fault: 'is a network path', breaks: (name) => /^[\\/]{2}/.test(name) },
  { code: 'ARCHIVE_NAME_DRIVE', fault: 'names a drive', breaks: (name) => /^[a-z]:/i.test(name) },
  { code: 'ARCHIVE_NAME_ABSOLUTE', fault: 'is absolute', breaks: (name) => name.startsWith('/') },
  // A separator on Windows, a plain character elsewhere: two machines would see two trees.
  { code: 'ARCHIVE_NAME_BACKSLASH', fault: 'holds a backslash', breaks: (name) => name.includes('\\') },
  { code: 'ARCHIVE_NAME_ESCAPES', fault: 'leaves the folder', breaks: has('escapes') },
  { code: 'ARCHIVE_NAME_DEVICE', fault: 'is a device of Windows', breaks: has('device') },
  { code: 'ARCHIVE_NAME_INVALID', fault: 'cannot be a file on every system', breaks: has('invalid') },
  {
    code: 'ARCHIVE_NAME_INVALID',
    fault: `is longer than ${limits.name} bytes or deeper than ${limits.depth} folders`,
    breaks: (name, segments) => Buffer.byteLength(name) > limits.name || segments.length > limits.depth + 1,
  },
]

function has(fault: NameFault): Rule['breaks'] {
  return (_, segments) => segments.some((segment) => nameFault(segment) === fault)
}

/**
 * The path of a member relative to the package's folder, `/` between folders, from its name as written. A
 * leading `./` and the `/` that ends a folder's name are dropped; the package's own folder is ''.
 * @throws ARCHIVE_NAME_*
 */
export function memberPath(written: string, type: 'file' | 'folder'): string {
  const bare = written.replace(/^(?:\.\/)+/, '')
  if (type === 'folder' && (bare === '' || bare === '.')) return ''
  const name = type === 'folder' ? bare.replace(/(?<=[^/])\/$/, '') : bare
  const segments = name.split('/')
  for (const { code, fault, breaks } of rules) {
    if (!breaks(name, segments)) continue
    throw new DefsError(code, `member ${JSON.stringify(written)} ${fault}: the package is refused`)
  }
  return name
}

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
