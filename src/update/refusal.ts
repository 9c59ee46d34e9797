import type { DefsError, ErrorCode } from '../error.ts'
import type { Run } from './run.ts'

/** Whether the error is about what a source sent; that no anchor can be read is the fault of the configuration. */
export function isRefusal(code: ErrorCode): boolean {
  return /^(TRUST|ARCHIVE|INDEX|FETCH)_/.test(code) && code !== 'TRUST_ANCHORS'
}

const toldRefusals = new WeakSet<DefsError>()

/** Event 1005, once for each refusal: the last of several hosts ends the run with an error that was told already. */
export function tellRefusal(source: string, error: DefsError, path: string | null, run: Run): void {
  if (!isRefusal(error.code) || toldRefusals.has(error)) return
  toldRefusals.add(error)
  run.report('package.refused', { source, errorCode: error.code, reason: error.message, path })
}
