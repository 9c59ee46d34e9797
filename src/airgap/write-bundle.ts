import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { alignedBuffers, contentOfFile } from '../archive/walk.ts'
import type { Context } from '../context.ts'
import { Hashing } from '../digest.ts'
import { replaceFile } from '../disk/atomic-file.ts'
import { assertSpace } from '../disk/free-space.ts'
import { DefsError } from '../error.ts'
import type { BundleMember } from './pick-members.ts'

/** Something small that stands at the beginning of a bundle. */
export interface Leaf {
  readonly name: string
  readonly bytes: Uint8Array
}

const progressStep = 16 * 1024 * 1024

/**
 * Writes a bundle: one tar file, not compressed, so that a copy that was cut short is continued from its length. A
 * file of that name is replaced only by the whole bundle, which is flushed before.
 * @param reserve bytes that stay free on the disk that it goes to
 * @returns its size in bytes
 * @throws STORE_FULL, STORE_PERMISSION, STORE_IO, also when a member changed since it was proved; INTERRUPTED
 */
export async function writeBundle(
  path: string,
  leaves: readonly Leaf[],
  members: readonly BundleMember[],
  at: Date,
  context: Pick<Context, 'signal' | 'emit'>,
  reserve: number,
): Promise<number> {
  const whole = [...leaves.map(({ bytes }) => bytes.length), ...members.map(({ bytes }) => bytes)]
  // Headers and padding come to it.
  const needed = whole.reduce((sum, bytes) => sum + bytes + 2 * blockBytes, 0)
  assertSpace(dirname(path), needed, reserve)
  let total = 0
  await replaceFile(path, 0o644, async (file) => {
    const tape = tapeTo(file)
    for (const { name, bytes } of leaves) {
      await tape.put(tarHeader(name, bytes.length, at), bytes, tarPadding(bytes.length))
    }
    await writeMembers(members, at, tape, path, context)
    await tape.put(tarEnd)
    total = tape.bytes()
  })
  return total
}

interface TarWriter {
  put(...pieces: readonly Uint8Array[]): Promise<void>
  bytes(): number
}

function tapeTo(file: FileHandle): TarWriter {
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
  members: readonly BundleMember[],
  at: Date,
  tape: TarWriter,
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
    for await (const piece of contentOfFile(member.path, signal, alignedBuffers)) {
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

function changed({ path }: BundleMember): DefsError {
  return new DefsError('STORE_IO', `${path} changed while it was exported: run again`, { path })
}

/** Headers and the padding of members come in blocks of so many bytes. */
const blockBytes = 512
// Eleven octal digits.
const mostBytes = 8 ** 11 - 1

/** The end marker of a tar file. */
export const tarEnd: Buffer = Buffer.alloc(2 * blockBytes)

/** What stands before the content of a regular file: a ustar header, a pax one before it where the name needs it. */
export function tarHeader(name: string, bytes: number, at: Date): Buffer {
  if (bytes > mostBytes) throw new DefsError('STORE_IO', `${name} is too large for a bundle`, { path: name })
  if (/^[\x20-\x7e]{1,100}$/.test(name)) return header(name, bytes, at, '0')
  const path = paxRecord('path', name)
  const described = Buffer.concat([header('pax', path.length, at, 'x'), path, tarPadding(path.length)])
  return Buffer.concat([described, header('long-name', bytes, at, '0')])
}

/** The zeros that fill a member up to whole blocks. */
export function tarPadding(bytes: number): Buffer {
  return Buffer.alloc((blockBytes - (bytes % blockBytes)) % blockBytes)
}

// The length of a pax record counts its own digits.
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`)
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length += 1
  return Buffer.concat([Buffer.from(String(length)), rest])
}

// POSIX.1-1988 ustar. Owner and modes are the same on every machine, so that equal sets make equal bundles.
function header(name: string, bytes: number, at: Date, type: '0' | 'x'): Buffer {
  const block = Buffer.alloc(blockBytes)
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  block.write(name, 0, 'latin1')
  block.write(octal(0o644, 7) + octal(0, 7) + octal(0, 7), 100, 'latin1')
  block.write(octal(bytes, 11) + octal(Math.floor(at.getTime() / 1000), 11), 124, 'latin1')
  block.write(' '.repeat(8) + type, 148, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 6)} `, 148, 'latin1')
  return block
}
