import { describeError } from '../../error.ts'
import { limits } from '../../limits.ts'
import type { SetName } from '../../set-name.ts'
import { isWebPage } from '../../text/web-page.ts'
import type { Transport } from '../../transport/transport.ts'
import { throwIfAborted } from '../hosts.ts'
import type { SourceQuery } from '../source.ts'

const listName = 'md5-hash.txt'

/**
 * The MD5 that a list beside a package or in a folder above states for it, null when there is none. The list
 * guards against damage on the way, not against an attacker; so one that is a page for people or has no
 * readable line is passed over with a note, and the signed guard decides.
 * @param above opens the folder above the host's address
 * @throws SOURCE_*, INDEX_TOO_LARGE for lists below the host's address
 */
export async function statedMd5(
  found: FoundPackage,
  above: () => Transport | null,
  query: SourceQuery,
): Promise<string | null> {
  const folders = found.path.split('/').slice(0, -1)
  for (let depth = folders.length; depth >= 0; depth -= 1) {
    const path = [...folders.slice(0, depth), listName].join('/')
    // From two folders up, a bare name may mean the static file of that folder: the folder must be named too.
    const least = folders.length - depth > 1 ? 2 : 1
    const md5 = await lookUp(found.host, path, found, least, query)
    if (md5) return md5
  }
  return folders.length > 0 ? null : lookAbove(found, above, query)
}

// The folder above was not given to us: that it is closed says nothing about the package.
async function lookAbove(
  found: FoundPackage,
  above: () => Transport | null,
  query: SourceQuery,
): Promise<string | null> {
  try {
    const host = above()
    return host && (await lookUp(host, listName, found, 1, query))
  } catch (error) {
    throwIfAborted(query.signal, error)
    note(query, 'debug', `no ${listName} could be read above ${found.host.url}: ${describeError(error)}`)
    return null
  }
}

async function lookUp(
  host: Transport,
  path: string,
  found: FoundPackage,
  least: number,
  query: SourceQuery,
): Promise<string | null> {
  const file = await host.read(path, limits.hashList, query.signal)
  if (!file) return null
  const page = isWebPage(file.bytes)
  const entries = page ? [] : readHashList(new TextDecoder().decode(file.bytes))
  if (entries.length === 0) {
    note(query, 'warning', `${file.url} is no hash list${page ? ' but a page' : ''}; no MD5 is checked`)
  }
  return findMd5(entries, fullPath(found), least)
}

// Lists are written with paths from anywhere up to the server's root, so ours is compared from there.
function fullPath({ host, path }: FoundPackage): string {
  const base = URL.canParse(host.url) ? new URL(host.url).pathname : host.url
  return `${base}/${path}`
}

function note(query: SourceQuery, level: 'debug' | 'warning', text: string): void {
  query.context.emit({ type: 'note', level, text })
}

/** One line of a hash list. */
export interface HashEntry {
  /** MD5 in lower-case hexadecimal. */
  readonly md5: string
  /** Folders and file name, lower-case. */
  readonly path: readonly string[]
}

const line = /^([0-9a-f]{32})\s+\*?(.+)$/i

/**
 * Reads `md5-hash.txt`: `<md5>  <path>` a line, any blanks between, the path perhaps after a `*`
 * (docs/domain.md section 3). Other lines are comments. Never throws.
 */
export function readHashList(text: string): readonly HashEntry[] {
  return text.split(/\r?\n/).flatMap((raw) => {
    const [, md5, path] = line.exec(raw.trim()) ?? []
    return md5 && path ? [{ md5: md5.toLowerCase(), path: componentsOf(path) }] : []
  })
}

/**
 * The MD5 that a list states for a file: the entry whose path ends in as much of ours as possible, at least in
 * `least` components. Null when there is none, or when two that fit equally well disagree.
 */
export function findMd5(entries: readonly HashEntry[], path: string, least = 1): string | null {
  const wanted = componentsOf(path)
  let best = { common: least - 1, md5: null as string | null }
  for (const entry of entries) {
    if (otherSequence(entry.path, wanted)) continue
    const common = commonEnd(entry.path, wanted)
    if (common > best.common) best = { common, md5: entry.md5 }
    else if (common === best.common && common >= least && entry.md5 !== best.md5) best = { common, md5: null }
  }
  return best.md5
}

// `sequence/<number>/` folders hold one name each; an entry for another number is another file.
function otherSequence(listed: readonly string[], wanted: readonly string[]): boolean {
  const number = listed.at(-2)
  return number !== undefined && /^\d+$/.test(number) && number !== wanted.at(-2)
}

function componentsOf(path: string): readonly string[] {
  return path
    .toLowerCase()
    .split(/[/\\]/)
    .filter((part) => part !== '' && part !== '.')
}

function commonEnd(a: readonly string[], b: readonly string[]): number {
  let common = 0
  while (common < a.length && common < b.length && a.at(-1 - common) === b.at(-1 - common)) common += 1
  return common
}

/** A package that was seen on a host, in a listing or by asking for it. */
export interface FoundPackage {
  readonly host: Transport
  /** Its path below the host's address. */
  readonly path: string
  readonly name: string
  readonly set: SetName | null
  /** The number of its `sequence/<number>/` folder, null elsewhere. */
  readonly sequence: number | null
  /** Bytes, null when nobody said. */
  readonly bytes: number | null
  /** Time of last change, an ETag or the like; null when nobody said. */
  readonly version: string | null
  /** True when name or folder stay with this one set for ever; false for a static name. */
  readonly lasting: boolean
}
