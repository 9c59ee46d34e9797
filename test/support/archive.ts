import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Files, writeFiles } from './definition-set.ts'

/** The files as one zip, made by the real Info-ZIP. */
export function zipOf(files: Files, options: readonly string[] = []): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'defs-zip-'))
  try {
    writeFiles(join(directory, 'in'), files)
    execFileSync('zip', ['-q', '-X', ...options, '../out.zip', ...files.keys()], {
      cwd: join(directory, 'in'),
    })
    return readFileSync(join(directory, 'out.zip'))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
