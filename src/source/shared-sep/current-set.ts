import type { Dirent } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readForeign } from '../../disk/foreign-file.ts'
import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { readSetName, type SetName } from '../../set-name.ts'
import { readIni } from '../../text/ini.ts'

/** The current set of another product. */
export interface CurrentSet {
  readonly set: SetName
  /** Name of its folder, a suffix such as `_d2c` included. */
  readonly folder: string
}

/**
 * Reads which set another product's VirusDefs calls current.
 * @throws SOURCE_UNREACHABLE when the folder cannot be read, SOURCE_NOT_FOUND without a `definfo.dat`,
 *   SOURCE_PROTOCOL when that names no set or one that is not there: the other product is in trouble
 */
export async function currentSet(virusDefs: string): Promise<CurrentSet> {
  const entries = await reaching(virusDefs, () => readdir(virusDefs, { withFileTypes: true }))
  const definfo = entries.find(({ name }) => name.toLowerCase() === 'definfo.dat')
  if (!definfo) throw problem('SOURCE_NOT_FOUND', virusDefs, 'holds no definfo.dat: check the path')
  const named = await readCurDefs(join(virusDefs, definfo.name))
  const folder = folderOf(named, entries)
  if (folder) return { set: named.set, folder }
  throw problem(
    'SOURCE_PROTOCOL',
    virusDefs,
    `has no folder ${named.text}, which its definfo.dat calls current`,
  )
}

async function readCurDefs(path: string): Promise<{ text: string; set: SetName }> {
  // The other product's folder may belong to anybody: no link, pipe or device is read there.
  const { bytes } = await reaching(path, () => readForeign(path, limits.storeText))
  const { sections } = readIni(bytes.toString('latin1'))
  const dates = sections.find(({ name }) => name.toLowerCase() === 'defdates')
  const text = [...(dates?.entries ?? [])].find(([key]) => key.toLowerCase() === 'curdefs')?.[1] ?? ''
  // Newer products write 20181213.008_d2c: the suffix says nothing about the order (docs/domain.md section
  // 1.2).
  const set = readSetName(/^(\d{8}\.\d{3})(_\w{1,32})?$/.exec(text)?.[1] ?? '')
  if (set) return { text, set }
  throw problem('SOURCE_PROTOCOL', path, 'names no set as CurDefs')
}

// The name as written, else the same set with or without a suffix.
function folderOf(named: { text: string; set: SetName }, entries: readonly Dirent[]): string | undefined {
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const fits = (name: string) => name === named.set || name.startsWith(`${named.set}_`)
  return folders.find((name) => name === named.text) ?? folders.sort().find(fits)
}

async function reaching<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw problem('SOURCE_UNREACHABLE', path, 'cannot be read: check path and permissions', error)
  }
}

function problem(
  code: 'SOURCE_UNREACHABLE' | 'SOURCE_NOT_FOUND' | 'SOURCE_PROTOCOL',
  path: string,
  what: string,
  cause?: unknown,
): DefsError {
  return new DefsError(code, `${path} ${what}`, { path, cause })
}

/**
 * What another product's current set looks like from outside: which it is, and size and times of everything in it.
 * Two equal states with a copy between them mean that nobody changed it meanwhile. Opens nothing but `definfo.dat`.
 * @returns the code of the error where there is no current set; null where it vanishes under our eyes
 */
export async function neighbourState(virusDefs: string): Promise<string | null> {
  try {
    const { folder } = await currentSet(virusDefs)
    const directory = join(virusDefs, folder)
    const names = (await readdir(directory, { recursive: true })).toSorted()
    const lines = names.map(async (name) => {
      const { size, mtimeMs, ctimeMs, ino } = await lstat(join(directory, name))
      return `${name} ${size} ${mtimeMs} ${ctimeMs} ${ino}`
    })
    return [folder, ...(await Promise.all(lines))].join('\n')
  } catch (error) {
    return error instanceof DefsError ? error.code : null
  }
}
