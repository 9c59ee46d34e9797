import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from 'node:fs'
import { join, resolve } from 'node:path'
import { whoElseMayWrite } from '../disk/who-may-write.ts'
import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'

/** What decides which configuration file is read. */
export interface Whereabouts {
  /** `--config`. */
  readonly explicit: string | null
  /** What was found before: null for no file at all; when not set, it is looked for. */
  readonly found?: string | null
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
  /** Who runs us; null where the system has no such numbers (Windows). */
  readonly uid: number | null
  /** Folder of the system's configuration; `/etc/defs` unless a test says otherwise. */
  readonly system?: string
}

/** The one word for a configuration that others may change: what stands in it cannot excuse it. */
const excuse = 'DEFS_TRUST_ALLOW_UNSAFE_FILES'

/** The file that was found, as text. */
export interface FoundFile {
  readonly path: string
  readonly text: string
}

const endings = ['yaml', 'yml', 'json']

/**
 * Finds and reads the configuration file: `--config`, `DEFS_CONFIG`, `./defs.yaml` (only when it belongs to the
 * caller), `~/.config/defs/`, `/etc/defs/`. Null when there is none.
 * @throws CONFIG_UNREADABLE when a named file is missing or a found one cannot be read; CONFIG_UNSAFE when
 *   others than root and the caller may write to it, or to a folder above it
 */
export function findFile(where: Whereabouts, warn: (text: string) => void): FoundFile | null {
  if (where.found === null) return null
  const readFile = readWith(/^(?:true|yes|on|1)$/i.test(where.env[excuse] ?? ''))
  const named = where.found ?? where.explicit ?? (where.env['DEFS_CONFIG'] || null)
  if (named !== null) {
    const path = resolve(where.cwd, named)
    const text = readFile(path)
    if (text !== null) return { path, text }
    const by = where.explicit === null ? 'DEFS_CONFIG' : '--config'
    throw new DefsError('CONFIG_UNREADABLE', `${path} is not there: correct ${by}`, { path })
  }
  for (const ending of endings) {
    const path = join(where.cwd, `defs.${ending}`)
    // Anybody can leave a file in /tmp for the next one who works there.
    const text = readFile(path, true, where.uid)
    if (text === foreign) {
      warn(`${path} is passed over: it does not belong to you; name it with --config to use it`)
      continue
    }
    if (text !== null) return { path, text }
  }
  for (const path of fixedPlaces(where)) {
    const text = readFile(path, true)
    if (text !== null) return { path, text }
  }
  return null
}

function fixedPlaces(where: Whereabouts): string[] {
  const system = where.system ?? (process.platform === 'win32' ? programData(where) : '/etc/defs')
  const folders = [join(where.home, '.config', 'defs'), system]
  return folders.flatMap((folder) =>
    ['defs', 'config'].flatMap((name) => endings.map((ending) => join(folder, `${name}.${ending}`))),
  )
}

function programData(where: Whereabouts): string {
  return join(where.env['ProgramData'] ?? 'C:\\ProgramData', 'defs')
}

/** What {@link readWith} says of a file that belongs to somebody else. */
const foreign = Symbol('foreign')

interface Reading {
  (path: string, implied?: boolean): string | null
  (path: string, implied: boolean, owner: number | null): string | typeof foreign | null
}

/**
 * @param excused whether it may be one that others can change
 * @returns a function whose `implied` says that nobody named the path: one in a folder that may not be looked into
 *   is none then
 */
function readWith(excused: boolean): Reading {
  function read(path: string, implied?: boolean): string | null
  function read(path: string, implied: boolean, owner: number | null): string | typeof foreign | null
  function read(path: string, implied = false, owner: number | null = null): string | typeof foreign | null {
    let file: number | undefined
    try {
      // A link must be the caller's own, not only what it leads to.
      if (owner !== null && lstatSync(path).uid !== owner) return foreign
      // Not to wait for a writer, should somebody have put a named pipe there.
      file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
      const found = fstatSync(file)
      if (owner !== null && found.uid !== owner) return foreign
      if (found.isFile() && !excused) refuseUnsafe(path)
      return readSafely(file, found, path)
    } catch (error) {
      if (error instanceof DefsError) throw error
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'ENOENT' || code === 'ENOTDIR') return null
      // `runuser -u defs -- defs status` from root's home: what lies there is for whoever may look into it.
      if (code === 'EACCES' && implied && isHidden(path)) return null
      throw new DefsError('CONFIG_UNREADABLE', `${path} cannot be read: check its owner and mode`, {
        path,
        cause: error,
      })
    } finally {
      if (file !== undefined) closeSync(file)
    }
  }
  return read
}

/** Whether it cannot even be seen that a file is there. */
function isHidden(path: string): boolean {
  try {
    lstatSync(path)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES'
  }
}

// After it was opened: of a way that nobody else can change, what was opened is what is there.
function refuseUnsafe(path: string): void {
  const why = whoElseMayWrite(path)
  if (why === null) return
  const message = `${why}, so ${path} may say what somebody else likes: give it and the folders above it to root or to who runs this, and close them to others (chown, chmod go-w), or set ${excuse}=true`
  throw new DefsError('CONFIG_UNSAFE', message, { path })
}

function readSafely(file: number, found: Stats, path: string): string {
  if (!found.isFile()) throw new DefsError('CONFIG_UNREADABLE', `${path} is no regular file`, { path })
  if (found.size > limits.config) {
    throw new DefsError('CONFIG_UNREADABLE', `${path} is larger than ${limits.config} bytes`, { path })
  }
  const buffer = Buffer.alloc(found.size)
  const bytesRead = readSync(file, buffer, 0, buffer.length, 0)
  return buffer.toString('utf8', 0, bytesRead)
}
