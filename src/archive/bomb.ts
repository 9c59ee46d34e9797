import { DefsError } from '../error.ts'
import { limits as bounds } from '../limits.ts'
import type { ArchiveLimits } from './reader.ts'

/** @throws ARCHIVE_BOMB_RATIO when so many bytes from so few are no honest compression */
export function assertRatio(name: string, packed: number, unpacked: number, limits: ArchiveLimits): void {
  if (unpacked < (limits.ratioFrom ?? bounds.ratioFrom) || unpacked <= packed * limits.ratio) return
  throw new DefsError(
    'ARCHIVE_BOMB_RATIO',
    `${JSON.stringify(name)} unpacks to more than ${limits.ratio} times its size: the package is refused`,
  )
}
