import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DefsError } from '../../error.ts'
import { type Anchor, readAnchors } from '../../trust/anchors.ts'

const usualPlace = '/etc/clamav/certs'

/**
 * The pinned roots for `.sign` files, from PEM files and folders of such (`*.crt`, `*.pem`).
 * @param places null for the usual place, where there may be none
 * @throws TRUST_ANCHORS when a named place cannot be read or holds none
 */
export async function readRoots(places: readonly string[] | null): Promise<readonly Anchor[]> {
  const files = await Promise.all((places ?? [usualPlace]).map((place) => filesOf(place, places !== null)))
  const pems = await Promise.all(files.flat().map(readPem))
  return places === null && pems.length === 0 ? [] : readAnchors(pems)
}

async function filesOf(place: string, needed: boolean): Promise<string[]> {
  try {
    if (!(await stat(place)).isDirectory()) return [place]
    const names = await readdir(place)
    return names
      .filter((name) => /\.(crt|pem)$/i.test(name))
      .sort()
      .map((name) => join(place, name))
  } catch (cause) {
    if (!needed) return []
    throw unreadable(place, cause)
  }
}

async function readPem(path: string): Promise<{ path: string; text: string }> {
  try {
    return { path, text: await readFile(path, 'utf8') }
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

function unreadable(path: string, cause: unknown): DefsError {
  return new DefsError('TRUST_ANCHORS', `cannot read the roots in ${path}: check certificates`, {
    path,
    cause,
  })
}
