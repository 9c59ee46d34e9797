import { DefsError } from '../error.ts'
import type { PackageFile } from '../source/source.ts'

/**
 * Holds a size against what is allowed. A signed size is exact: anything else is a lie, and to read on would
 * only be to read endless data.
 * @param bytes so far, or in all when `whole`
 * @throws FETCH_SIZE, FETCH_TOO_LARGE
 */
export function checkSize(
  bytes: number,
  whole: boolean,
  want: PackageFile,
  maxBytes: number,
  url: string,
): void {
  if (bytes > maxBytes) {
    const text = `${url} is larger than ${maxBytes} bytes, the largest that is taken (limits.package)`
    throw new DefsError('FETCH_TOO_LARGE', text, { path: url })
  }
  if (whole && bytes === 0) throw new DefsError('FETCH_SIZE', `${url} is empty`, { path: url })
  const exact = want.exact ? want.bytes : null
  if (exact === null || (whole ? bytes === exact : bytes <= exact)) return
  const size = whole ? `${bytes} bytes` : `more than ${exact} bytes`
  throw new DefsError('FETCH_SIZE', `${url} has ${size} where ${exact} were stated`, { path: url })
}
