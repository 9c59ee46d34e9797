import { isDefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import type { Transport } from '../transport.ts'

/** The file by which a server says that it has an index for each product. */
const miniTriFlag = 'minitri.flg'

/**
 * Whether a server has small indexes: its flag is one space, perhaps with a line end. Absence, a page for
 * people or anything else means no, and the big index is asked for (domain.md 2.1).
 * @throws SOURCE_*
 */
export async function hasMiniTri(host: Transport, prefix: string, signal: AbortSignal): Promise<boolean> {
  try {
    const flag = await host.read(`${prefix}${miniTriFlag}`, limits.miniTri, signal)
    return flag !== null && /^ [\r\n]*$/.test(new TextDecoder('latin1').decode(flag.bytes))
  } catch (error) {
    if (isDefsError(error, 'INDEX_TOO_LARGE')) return false
    throw error
  }
}
