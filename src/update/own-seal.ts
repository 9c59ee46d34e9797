import { authorityFile, readAuthorityFile } from '../hawking/authority-file.ts'
import { readAnchors } from '../trust/anchors.ts'
import type { Authentic } from '../trust/authentic.ts'
import type { Run } from './run.ts'

/** Whether a set was sealed by the store's own authority, which nobody else has any reason to trust. */
export async function isOwnSeal(
  { signer }: Pick<Authentic, 'signer'>,
  { store }: Pick<Run, 'store'>,
): Promise<boolean> {
  const text = await readAuthorityFile(store)
  if (text === null) return false
  const anchors = readAnchors([{ path: authorityFile(store), text }])
  return anchors.some(({ fingerprint }) => fingerprint === signer.anchorFingerprint)
}
