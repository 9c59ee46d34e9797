import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import type { SetOnDisk } from '../../src/detection/set-files.ts'
import { limits } from '../../src/limits.ts'
import { sha256 } from '../archive/workshop.ts'

const folders: string[] = []

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

export const options = { limits, signal: new AbortController().signal }

/** A set in a folder of its own that goes when the tests are done. */
export function setOf(set: string, files: Readonly<Record<string, Buffer | string>>): SetOnDisk {
  const directory = mkdtempSync(join(tmpdir(), 'defs-detection-'))
  folders.push(directory)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), content)
  }
  const guarded = Object.entries(files).map(([name, content]) => ({ name, sha256: sha256(content) }))
  return { set, directory, files: guarded }
}
