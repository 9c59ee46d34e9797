import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** A part of the journal that is no longer written to. */
export interface RotatedFile {
  readonly path: string
  /** Counts up: the greatest is the newest, and a file keeps its number for life. */
  readonly number: number
}

/** The rotated parts of a journal, newest first; none when the folder cannot be read. */
export function rotatedFiles(journal: string): RotatedFile[] {
  try {
    const prefix = `${basename(journal)}.`
    return readdirSync(dirname(journal))
      .filter((name) => name.startsWith(prefix) && /^\d{1,9}$/.test(name.slice(prefix.length)))
      .map((name) => ({ path: join(dirname(journal), name), number: Number(name.slice(prefix.length)) }))
      .sort((a, b) => b.number - a.number)
  } catch {
    return []
  }
}
