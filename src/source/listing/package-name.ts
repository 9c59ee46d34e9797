import { compareSetNames, readSetName, type SetName } from '../../set-name.ts'
import type { Listed } from '../../transport/transport.ts'

/** What a package's file name tells. */
export interface PackageName {
  /** Null for a static name, whose content changes from day to day. */
  readonly set: SetName | null
  readonly extension: string
}

/** Reads the name of one family of packages; null for any other name. */
export type ReadName = (name: string) => PackageName | null

// In the order of preference: what is a plain archive before what has a program in front of it.
const rapidExtensions = ['zip', 'jdb', 'exe']
const updaterExtensions = ['zip', 'jdb', 'exe', 'sh']

/** Rapid Release: `symrapidreleasedefs<platform>.<ext>`, in any case; a set's name may precede or follow. */
export function rapidName(platform: string): ReadName {
  const fixed = `symrapidreleasedefs${platform.toLowerCase()}`
  return reader(rapidExtensions, (stem) => {
    if (stem === fixed) return null
    const set = /^(\d{8}[.-]\d{3})-(.+)$/.exec(stem) ?? /^(.+)-(\d{8}[.-]\d{3})$/.exec(stem)
    const [, a = '', b = ''] = set ?? []
    return a === fixed ? readSetName(b) : b === fixed ? readSetName(a) : undefined
  })
}

/** Intelligent Updater: `YYYYMMDD-NNN-<platform>.<ext>`, or static `symcdefs<platform>.<ext>`; any case. */
export function updaterName(platform: string): ReadName {
  const wanted = platform.toLowerCase()
  return reader(updaterExtensions, (stem) => {
    // The static names of Unix platforms have a hyphen: symcdefs-unix.sh (docs/domain.md section 4).
    if (stem === `symcdefs${wanted}` || stem === `symcdefs-${wanted}`) return null
    const [, date = '', rest = ''] = /^(\d{8}[.-]\d{3})-(.+)$/.exec(stem) ?? []
    return rest === wanted ? readSetName(date) : undefined
  })
}

/** The static names to ask for one by one where nothing can be listed, the preferred first. */
export const rapidStaticNames = (platform: string): readonly string[] =>
  rapidExtensions.map((extension) => `symrapidreleasedefs${platform}.${extension}`)

/** The same for the Intelligent Updater. */
export const updaterStaticNames = (platform: string): readonly string[] =>
  updaterExtensions.map((extension) => `symcdefs${platform}.${extension}`)

/** The set a file's name begins with (`YYYYMMDD-NNN-...`), whatever follows; null when it does not. */
export function datedSet(name: string): SetName | null {
  return readSetName(/^(\d{8}[.-]\d{3})[-.]/.exec(name)?.[1] ?? '') ?? null
}

/** A package that a listing names. */
export interface Picked {
  readonly listed: Listed
  readonly set: SetName | null
}

/**
 * The newest package of a listing, by day and revision as numbers; a dated one before a static one, and of
 * the same set the preferred kind. An empty file is an upload that has only begun.
 */
export function pickNewest(listing: readonly Listed[], read: ReadName): Picked | null {
  const packages = listing.flatMap((listed) => {
    const name = listed.folder || listed.bytes === 0 ? null : read(listed.name)
    return name ? [{ listed, ...name }] : []
  })
  return packages.sort(byPreference)[0] ?? null
}

/**
 * The files of a listing that look like packages and count as none, for people: copied under another name, of another
 * platform, or still empty. Null when there are none.
 */
export function namePassedOver(listing: readonly Listed[], read: ReadName): string | null {
  const names = listing
    .filter(({ name, folder, bytes }) => !folder && packageEnding.test(name) && (bytes === 0 || !read(name)))
    .map(({ name, bytes }) => (bytes === 0 ? `${name} (empty)` : name))
  if (names.length === 0) return null
  const shown = names.slice(0, namesShown).map((name) => JSON.stringify(name))
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : ''
  return `passed over by their names: ${shown.join(', ')}${more}`
}

const packageEnding = /\.(zip|jdb|exe|sh|tar|tgz|tar\.gz|7z)$/i
const namesShown = 5

function byPreference(a: PackageName, b: PackageName): number {
  if (a.set && b.set) return compareSetNames(b.set, a.set) || byExtension(a, b)
  return Number(a.set === null) - Number(b.set === null) || byExtension(a, b)
}

function byExtension(a: PackageName, b: PackageName): number {
  return updaterExtensions.indexOf(a.extension) - updaterExtensions.indexOf(b.extension)
}

// A set name, null for a static name, undefined for a name of somebody else.
type ReadStem = (stem: string) => SetName | null | undefined

function reader(extensions: readonly string[], readStem: ReadStem): ReadName {
  return (name) => {
    const lower = name.toLowerCase()
    const dot = lower.lastIndexOf('.')
    const extension = lower.slice(dot + 1)
    if (dot < 0 || !extensions.includes(extension)) return null
    const set = readStem(lower.slice(0, dot))
    return set === undefined ? null : { set, extension }
  }
}
