import { type DefsError, type ErrorCode, isDefsError } from '../error.ts'
import type { Run } from './run.ts'

const forAllPackages: readonly ErrorCode[] = ['SOURCE_DEADLINE', 'SOURCE_COOLING_DOWN']

/**
 * Whether the full package is worth a try after an error with a smaller one. What is wrong with one package, or with
 * the base, may be right with the full one. A full disk is no better then, and a server that asks to be left alone is
 * not asked for a hundred times as much.
 */
export function mayFallBack(error: unknown, run: Pick<Run, 'signal'>): error is DefsError {
  if (run.signal.aborted || !isDefsError(error)) return false
  if (forAllPackages.includes(error.code)) return false
  return /^(?:(?:SOURCE|FETCH|ARCHIVE|TRUST)_|STORE_IO$)/.test(error.code)
}
