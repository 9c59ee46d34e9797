import { limits } from '../limits.ts'
import { readFileOrNull } from './atomic-file.ts'
import { readSmall } from './foreign-file.ts'
import type { Shape } from './json-shape.ts'

/**
 * Reads a JSON file of ours: null when it is not there, undefined when it cannot be read or is not of the shape. What
 * is remembered in such files is never worth failing for; the caller says what takes its place. Never throws.
 */
export async function readRecordFile<T>(path: string, shape: Shape<T>): Promise<T | null | undefined> {
  try {
    const bytes = await readFileOrNull(path)
    return bytes === null ? null : shape(JSON.parse(bytes.toString('utf8')))
  } catch {
    return undefined
  }
}

/** The same at once, for the files of those who cannot wait; undefined when it is not there, too. */
export function readRecordFileNow<T>(path: string, shape: Shape<T>): T | undefined {
  try {
    return shape(JSON.parse(readSmall(path, limits.storeText).toString()))
  } catch {
    return undefined
  }
}
