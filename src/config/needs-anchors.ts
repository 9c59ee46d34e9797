import type { SourceConfig } from './config.ts'

/** Kinds that have proofs of their own, so that `trust.anchors` may be empty. */
export const ownProofs: readonly unknown[] = ['clamav', 'rules'] satisfies SourceConfig['kind'][]

/** Whether what a source delivers can be proved only by `trust.anchors`; other kinds have proofs of their own. */
export function needsAnchors(source: SourceConfig): boolean {
  if (source.kind === 'clamav') return false
  return source.kind === 'rules' ? source.pkcs7 : true
}
