import type { FileHandle } from 'node:fs/promises'
import { storeError } from '../error.ts'
import { limits } from '../limits.ts'
import { stopIfAborted } from '../thread/lanes.ts'
import { BaseIndex } from './base-index.ts'
import { encodeWindow } from './encode-window.ts'
import { readUpTo, withFile, withNewFile, writeAll } from './file.ts'
import { findCopies } from './find-copies.ts'
import { plainHeader } from './header.ts'

/** Whoever applies the patch holds two of them in memory; larger ones save hardly a byte and are slower to apply. */
const windowBytes = 2 * 1024 * 1024

/** What {@link makePatch} works on. */
export interface PatchMaking {
  /** The older file, which whoever applies the patch has. */
  readonly base: string
  /** The newer file, which the patch makes. */
  readonly target: string
  /** Created here, readable by its owner alone; removed again when the making fails. */
  readonly patch: string
  readonly signal: AbortSignal
}

/**
 * Writes a plain VCDIFF patch (RFC 3284), without checksums of windows, which other readers than xdelta3 refuse: the
 * guard of the set judges what comes of it. Its sections are not compressed: it is meant to travel in a zip. Memory: the base up to `limits.patchBase` (what lies beyond is
 * not copied from), a quarter of that and 64 MiB at most for its index, and two windows of 2 MiB.
 * @returns the length of the patch
 * @throws STORE_FULL, STORE_PERMISSION, STORE_IO, INTERRUPTED
 */
export async function makePatch({ base, target, patch, signal }: PatchMaking): Promise<{ bytes: number }> {
  stopIfAborted(signal, 'working on a patch')
  const older = await withFile(base, (file) => readBase(file, base))
  return withFile(target, (from) =>
    withNewFile(patch, async (to) => ({
      bytes: await writeWindows(older, from, to, { target, patch, signal }),
    })),
  )
}

async function readBase(file: FileHandle, name: string): Promise<Buffer> {
  const { size } = await file.stat().catch((error: unknown) => {
    throw storeError(error, `looking at ${name}`)
  })
  const bytes = Buffer.allocUnsafeSlow(Math.min(size, limits.patchBase))
  return bytes.subarray(0, await readUpTo(file, bytes, 0, name))
}

async function writeWindows(
  base: Buffer,
  from: FileHandle,
  to: FileHandle,
  { target, patch, signal }: Omit<PatchMaking, 'base'>,
): Promise<number> {
  const index = new BaseIndex(base)
  const room = Buffer.allocUnsafeSlow(windowBytes)
  let bytes = 0
  const put = async (piece: Buffer) => {
    await writeAll(to, piece, bytes, patch)
    bytes += piece.length
  }
  await put(plainHeader)
  let ahead = 0
  for (let position = 0; ; position += windowBytes) {
    stopIfAborted(signal, 'working on a patch')
    const window = room.subarray(0, await readUpTo(from, room, position, target))
    // An empty file takes one empty window: xdelta3 wants one.
    if (window.length === 0 && position > 0) return bytes
    const copies = findCopies(base, index, window, position + ahead)
    const last = copies.at(-1)
    if (last !== undefined) ahead = last.from - last.at - position
    for (const piece of encodeWindow(window, copies)) await put(piece)
    if (window.length < windowBytes) return bytes
  }
}
