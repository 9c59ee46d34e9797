import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { limits } from '../../limits.ts'

/**
 * Keeps two runs from delivering the same events. Returns how to give the lock back; null when another run has it. A
 * lock whose process is gone, or that is older than any delivery, is taken over.
 */
export function takeSpoolLock(folder: string): (() => void) | null {
  const file = join(folder, 'lock')
  if (!claim(file)) {
    if (!isLeft(file)) return null
    rmSync(file, { force: true })
    if (!claim(file)) return null
  }
  return () => rmSync(file, { force: true })
}

function claim(file: string): boolean {
  try {
    const lock = openSync(file, 'wx', 0o600)
    writeSync(lock, String(process.pid))
    closeSync(lock)
    return true
  } catch {
    return false
  }
}

function isLeft(file: string): boolean {
  try {
    // Against the clock that stamped the file, not one that a test moves.
    const age = Date.now() - statSync(file).mtimeMs
    if (Math.abs(age) > limits.spoolLock) return true
    const pid = Number(readFileSync(file, 'utf8'))
    return Number.isSafeInteger(pid) && pid > 0 && !isAlive(pid)
  } catch {
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
