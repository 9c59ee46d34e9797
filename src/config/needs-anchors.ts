import type { SourceConfig } from './config.ts'

/** Kinds that have proofs of their own, so that anchors may not be needed. */
export const ownProofs: readonly unknown[] = ['rules'] satisfies SourceConfig['kind'][]

/** Whether what a source delivers can be proved only by `trust.anchors`; other kinds have proofs of their own. */
export function needsAnchors(source: SourceConfig): boolean {
  if (source.kind === 'clamav') return false
  return source.kind === 'rules' ? source.pkcs7 : true
}
