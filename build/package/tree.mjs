import { chmodSync, copyFileSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'

// Modes are set whatever the umask says: the same commit makes the same bytes for everybody.

/** Writes a file and the folders above it. @param mode as chmod takes it */
export function put(path, content, mode = 0o644) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  chmodSync(path, mode)
}

/** Copies a file. */
export function copy(from, to, mode = 0o644) {
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, to)
  chmodSync(to, mode)
}

/** Copies the files of a folder and of those below it. */
export function copyFolder(from, to) {
  for (const path of filesBelow(from)) copy(path, join(to, relative(from, path)))
}

/** Packs without name and time, as Debian wants its documents. */
export function gzipped(content) {
  return gzipSync(content, { level: 9 })
}

/** All files below a folder, in an order that does not depend on the disk. */
export function filesBelow(folder) {
  const names = readdirSync(folder).sort()
  return names.flatMap((name) => {
    const path = join(folder, name)
    return lstatSync(path).isDirectory() ? filesBelow(path) : [path]
  })
}

/** Gives all folders of a tree the mode they have in a package. */
export function settle(folder) {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) settle(join(folder, entry.name))
  }
}
