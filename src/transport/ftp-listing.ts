import { type FileInfo, parseList } from 'basic-ftp'
import { DefsError } from '../error.ts'
import { isPlainName } from '../text/file-name.ts'
import type { Listed } from './transport.ts'

/**
 * The lines of a listing in any of the styles that servers write, as the library takes them apart.
 * @throws SOURCE_PROTOCOL for a listing in an unknown form
 */
export function parseFtpListing(text: string, url: string): FileInfo[] {
  try {
    return parseList(plainListing(text))
  } catch (cause) {
    throw new DefsError('SOURCE_PROTOCOL', `${url}: a folder listing in an unknown format`, {
      cause,
      path: url,
    })
  }
}

/** The entries that have plain names, as ours. */
export function plainEntries(found: readonly FileInfo[]): Listed[] {
  return found.filter((entry) => isPlainName(entry.name)).map(listedOf)
}

const styles: readonly RegExp[] = [
  /^[\s\d]*[bcdelfmpSs-](?:[r-][w-][xsStTL-]){3}/,
  /^\d{2}-\d{2}-\d{2,4}\s+\d{2}:\d{2}/,
  /^[^\s=;]+=[^\s;]*;\S* /,
]

/**
 * A listing in the form that the library reads. By its last line alone it decides how to read all of them, and lines
 * that it does not know vanish or fail the whole: so lines in another style than most are left out here; the dot (of
 * SELinux) or `@` behind the permissions, links of Windows, commas in sizes, and types in capitals are made plain.
 */
function plainListing(text: string): string {
  const lines = text.split(/\r?\n/)
  const counts = styles.map((style) => lines.filter((line) => style.test(line)).length)
  const style = styles[counts.indexOf(Math.max(...counts))]
  if (!style || Math.max(...counts) === 0) return text
  return lines
    .filter((line) => style.test(line))
    .map((line) =>
      line
        .replace(/^([\s\d]*[bcdelfmpSs-](?:[r-][w-][xsStTL-]){3})[.@](?=\s)/, '$1')
        .replace(
          /^(\d{2}-\d{2}-\d{2,4}\s+\S+\s+)<(?:JUNCTION|SYMLINKD)>(.*)$/,
          (_, head: string, name: string) => `${head}<DIR>${withoutTarget(name)}`,
        )
        .replace(
          /^(\d{2}-\d{2}-\d{2,4}\s+\S+\s+)(\d{1,3}(?:,\d{3})+)(?=\s)/,
          (_, head: string, size: string) => head + size.replaceAll(',', ''),
        )
        .replace(
          /^((?:[^\s=;]+=[^\s;]*;)*type=)(file|dir|cdir|pdir);/i,
          (_, head: string, type: string) => `${head}${type.toLowerCase()};`,
        ),
    )
    .join('\n')
}

/** The name of a link of Windows, behind which ` [target]` may stand. */
function withoutTarget(name: string): string {
  const target = name.endsWith(']') ? name.indexOf(' [') : -1
  return target < 0 ? name : name.slice(0, target)
}

function listedOf(entry: FileInfo): Listed {
  const bytes = entry.isFile ? entry.size : null
  return { name: entry.name, folder: entry.isDirectory, bytes, modified: entry.rawModifiedAt || null }
}
