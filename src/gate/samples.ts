import { access, constants, opendir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError } from '../error.ts'
import { limits } from '../limits.ts'

/** Files to scan, or why they cannot be listed. */
export type Samples = { readonly files: readonly string[] } | { readonly problem: string }

/**
 * The files that are meant by the configured files and folders, links inside folders apart. One that is missing,
 * empty or cannot be read is a problem: the engine would pass it over, and the check would pass with it.
 */
export async function listSamples(paths: readonly string[]): Promise<Samples> {
  const files: string[] = []
  try {
    for (const path of paths) {
      const before = files.length
      for await (const file of filesOf(await realpath(path))) {
        if (/[\r\n]/.test(file)) return { problem: `${JSON.stringify(file)} has a line break in its name` }
        await access(file, constants.R_OK)
        files.push(file)
        if (files.length > limits.gateFiles)
          return { problem: `${path} holds more than ${limits.gateFiles} files` }
      }
      if (files.length === before) return { problem: `${path} holds no file` }
    }
    return { files }
  } catch (error) {
    return { problem: describeError(error) }
  }
}

async function* filesOf(path: string): AsyncGenerator<string> {
  if (!(await stat(path)).isDirectory()) return yield path
  for await (const entry of await opendir(path, { recursive: true }))
    if (entry.isFile()) yield join(entry.parentPath, entry.name)
}
