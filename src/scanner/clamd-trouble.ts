import { describeError } from '../error.ts'
import { lookAtClamd, type Proof } from './clamd-proof.ts'
import { scanByClamd } from './clamd-session.ts'

const harmless = Buffer.from('defs asks whether clamd still scans.\n')

/**
 * What is wrong with a clamd that should be using a set: it is gone or silent, has lost its engine, shows another set,
 * or does not scan. Null when it is well. Never throws.
 */
export async function clamdTrouble(socket: string, proof: Proof): Promise<string | null> {
  // The configured sample would count among the detections of its log at every look.
  const bait = proof.kind === 'sample' ? null : proof.bait
  const { state, said } = await lookAtClamd(socket, { ...proof, bait })
  if (state !== 'shown') return said
  if (bait !== null) return null
  try {
    const found = await scanByClamd(socket, harmless)
    return found === null ? null : `it finds ${found} in harmless text`
  } catch (error) {
    return describeError(error)
  }
}
