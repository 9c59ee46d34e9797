import { readdir, realpath } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'

/** A request's path below the root, decoded; null for one that may not be asked for. */
export function partsOf(url: string): readonly string[] | null {
  const path = url.split('?')[0] ?? ''
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch {
    return null
  }
  const parts = decoded.split('/').filter((part) => part !== '')
  // No climbing out, no hidden files, no second separator, no device of Windows by a colon.
  const odd = parts.some((part) => part.startsWith('.') || /[\u0000-\u001f\\:]/.test(part))
  return odd ? null : parts
}

/** How long a folder that was found free of links counts as such. Milliseconds. */
const folderBelieved = 1000
/** Folders foldersRemembered at a time; a tree has a handful. */
const foldersRemembered = 64

/**
 * Finds files below a root. Null when there is nothing, or when a link stands anywhere on the way: whoever may
 * write to the tree must not be able to show other files of this machine. The file itself is left to the caller's
 * `lstat`.
 */
export function openPlaces(root: string): (parts: readonly string[]) => Promise<string | null> {
  const folders = new Map<string, number>()

  async function isFree(folder: string): Promise<boolean> {
    const until = folders.get(folder)
    const now = performance.now()
    if (until !== undefined && now < until) return true
    const real = await realpath(folder).catch(() => null)
    if (real !== folder) return false
    if (folders.size >= foldersRemembered) folders.clear()
    folders.set(folder, now + folderBelieved)
    return true
  }

  return async (parts) => {
    const wanted = join(root, ...parts)
    if (wanted === root) return root
    return wanted.startsWith(root + sep) && (await isFree(dirname(wanted))) ? wanted : null
  }
}

/** A folder as a page of links; hidden files are left out. */
export async function listingOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true })
  const links = entries
    .filter((entry) => !entry.name.startsWith('.') && (entry.isFile() || entry.isDirectory()))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort()
    .map(
      (name) => `<li><a href="${encodeURIComponent(name).replaceAll('%2F', '/')}">${escaped(name)}</a></li>`,
    )
  return `<!doctype html><title>Index</title><ul>${links.join('\n')}</ul>\n`
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
