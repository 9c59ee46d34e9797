import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The zip with one line added to one of its members: all in order but for the guard inside. */
export function spoilt(zip: Buffer, member: string): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'defs-spoil-'))
  try {
    const file = join(directory, 'it.zip')
    writeFileSync(file, zip)
    const text = execFileSync('unzip', ['-p', file, member])
    writeFileSync(join(directory, member), Buffer.concat([text, Buffer.from('; one more line\r\n')]))
    execFileSync('zip', ['-q', '-X', file, member], { cwd: directory })
    return readFileSync(file)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
