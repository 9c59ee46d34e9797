import { DefsError } from '../error.ts'
import { AddressCache } from './address-cache.ts'
import { adler32 } from './adler32.ts'
import { ADD, COPY, codeTable, NOOP, RUN } from './code-table.ts'
import { copyBytes, type Pages } from './pages.ts'
import type { WindowBody, WindowStart } from './window.ts'

/**
 * Carries out the instructions of one window into `target`, which has exactly the window's length.
 * @param pages the file that the window's segment is of
 * @throws ARCHIVE_CORRUPT unless every section is used up, the window is filled and its checksum agrees
 */
export function decodeWindow(start: WindowStart, body: WindowBody, pages: Pages, target: Buffer): void {
  const { data, instructions, addresses } = body
  const { kind1, size1, mode1, kind2, size2, mode2 } = codeTable
  const { segmentStart, segmentLength } = start
  const cache = new AddressCache()
  let at = 0

  function carryOut(kind: number, tableSize: number, mode: number): void {
    const left = target.length - at
    const size = tableSize === 0 ? instructions.varint(left) : tableSize
    if (size > left) throw corrupt('writes more than its window holds')
    if (kind === COPY) copy(cache.read(mode, segmentLength + at, addresses), size)
    else if (kind === ADD) copyBytes(data.take(size), 0, target, at, size)
    else target.fill(data.byte(), at, at + size)
    at += size
  }

  function copy(address: number, size: number): void {
    const fromSegment = Math.max(0, Math.min(size, segmentLength - address))
    if (fromSegment > 0) pages.copy(segmentStart + address, target, at, fromSegment)
    const rest = size - fromSegment
    if (rest > 0) repeat(target, address + fromSegment - segmentLength, at + fromSegment, rest)
  }

  while (instructions.left > 0) {
    const code = instructions.byte()
    const second = kind2[code] ?? NOOP
    carryOut(kind1[code] ?? RUN, size1[code] ?? 0, mode1[code] ?? 0)
    if (second !== NOOP) carryOut(second, size2[code] ?? 0, mode2[code] ?? 0)
  }
  if (at !== target.length) throw corrupt('does not fill its window')
  if (data.left > 0 || addresses.left > 0) throw corrupt('holds bytes that no instruction uses')
  if (body.adler32 !== null && body.adler32 !== adler32(target)) {
    throw corrupt('does not fit: the checksum of a window differs, so the base is another file or damaged')
  }
}

/** Copies within the window; where source and target overlap, what was just written is read again. */
function repeat(target: Buffer, from: number, at: number, size: number): void {
  let reach = at - from
  for (let done = 0; done < size; reach *= 2) {
    const piece = Math.min(reach, size - done)
    copyBytes(target, from, target, at + done, piece)
    done += piece
  }
}

function corrupt(what: string): DefsError {
  return new DefsError('ARCHIVE_CORRUPT', `a patch ${what}`)
}
