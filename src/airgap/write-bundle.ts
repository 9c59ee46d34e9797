import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { contentOfFile } from '../archive/walk.ts'
import type { Context } from '../context.ts'
import { Hashing } from '../digest.ts'
import { DefsError, storeError } from '../error.ts'
import { renamePatiently } from '../file-in-use.ts'
import type { Member } from './pick-members.ts'
import { tarEnd, tarHeader, tarPadding } from './tar-member.ts'

/** Something small that stands at the beginning of a bundle. */
export interface Leaf {
  readonly name: string
  readonly bytes: Uint8Array
}

const progressStep = 16 * 1024 * 1024

/**
 * Writes a bundle: one tar file, not compressed, so that a copy that was cut short is continued from its length. A
 * file of that name is replaced only by the whole bundle, which is flushed before.
 * @returns its size in bytes
 * @throws STORE_FULL, STORE_PERMISSION, STORE_IO, also when a member changed since it was proved; INTERRUPTED
 */
export async function writeBundle(
  path: string,
  leaves: readonly Leaf[],
  members: readonly Member[],
  at: Date,
  context: Pick<Context, 'signal' | 'emit'>,
): Promise<number> {
  const aside = `${path}.${randomBytes(4).toString('hex')}.tmp`
  try {
    const file = await open(aside, 'wx', 0o644)
    const tape = tapeTo(file)
    try {
      for (const { name, bytes } of leaves) {
        await tape.put(tarHeader(name, bytes.length, at), bytes, tarPadding(bytes.length))
      }
      await writeMembers(members, at, tape, path, context)
      await tape.put(tarEnd)
      await file.sync()
    } finally {
      await file.close()
    }
    await renamePatiently(aside, path)
    return tape.bytes()
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined)
    throw storeError(error, `writing ${path}`)
  }
}

interface Tape {
  put(...pieces: readonly Uint8Array[]): Promise<void>
  bytes(): number
}

function tapeTo(file: FileHandle): Tape {
  let bytes = 0
  return {
    async put(...pieces) {
      for (const piece of pieces) {
        await file.writeFile(piece)
        bytes += piece.length
      }
    },
    bytes: () => bytes,
  }
}

async function writeMembers(
  members: readonly Member[],
  at: Date,
  tape: Tape,
  subject: string,
  { signal, emit }: Pick<Context, 'signal' | 'emit'>,
): Promise<void> {
  const total = members.reduce((sum, { bytes }) => sum + bytes, 0)
  let done = 0
  let told = 0
  for (const member of members) {
    await tape.put(tarHeader(member.name, member.bytes, at))
    const hashing = new Hashing(['sha256'])
    let bytes = 0
    for await (const piece of contentOfFile(member.path, signal)) {
      bytes += piece.length
      if (bytes > member.bytes) throw changed(member)
      hashing.update(piece)
      await tape.put(piece)
      done += piece.length
      if (done - told < progressStep) continue
      told = done
      emit({ type: 'progress', step: 'stage', subject, done, total })
    }
    if (bytes !== member.bytes || hashing.finish('sha256') !== member.sha256) throw changed(member)
    await tape.put(tarPadding(bytes))
  }
  emit({ type: 'progress', step: 'stage', subject, done, total })
}

function changed({ path }: Member): DefsError {
  return new DefsError('STORE_IO', `${path} changed while it was exported: run again`, { path })
}
