import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import type { FlushAhead } from '../../disk/flush-ahead.ts'
import { assertSpace } from '../../disk/free-space.ts'
import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { inOrder } from '../../thread/lanes.ts'
import {
  blocksOf,
  type Content,
  deflateBlock,
  type KnownBlocks,
  keyOf,
  lengthOf,
  type PackedBlock,
  piecesOf,
} from './deflate.ts'
import { ZipOutput } from './zip-output.ts'
import { endOf, entryOf, headerBytes, headerOf, type WrittenMember } from './zip-records.ts'

/** A member of another zip, as it lies packed there; whoever names it has proved it. */
export interface PackedContent {
  readonly zip: string
  /** Where its packed bytes begin. */
  readonly from: number
  readonly packed: number
  readonly method: 0 | 8
  readonly crc: number
  /** Unpacked. */
  readonly bytes: number
}

/** One file to be packed: its name inside, and its bytes, where they are, or where they lie packed already. */
export interface ZipMember {
  readonly name: string
  readonly content: Content | PackedContent
}

/** A member of a zip that was written. */
export interface PackedMember {
  readonly content: PackedContent
  /** How it was cut; empty when nobody asked, or it was not deflated here. */
  readonly blocks: readonly PackedBlock[]
}

/** How a zip is written. */
export interface ZipOptions {
  readonly signal?: AbortSignal
  /** Bytes that stay free on the disk (`store.reserve`); 0, which is usual, for no watch. */
  readonly reserve?: number
  /** Flushes the file while whoever called goes on; without it the file is flushed when it is returned. */
  readonly flushing?: FlushAhead
  /** What was packed before, for those who want to know how members were cut. */
  readonly known?: KnownBlocks | null
}

const most = 0xffff_ffff
const deflate = 8
const stored = 0
/** A zip is copied from another in pieces of this size. Bytes. */
const pieceBytes = 1 << 20
/** Blocks that are being deflated or wait for their turn: enough for every thread at any moment, and not much memory. */
const ahead = 32

/**
 * Writes a zip into a new file in bounded memory, deflated on all cores; what lies packed in another zip is copied as
 * it is. Sizes stand in the local headers, so that readers of streams understand it too.
 * @returns where every member lies packed, by its name
 * @throws ARCHIVE_UNSUPPORTED beyond 4 GiB or 65,535 members, which no client takes either; what the file system throws
 */
export async function writeZip(
  path: string,
  members: readonly ZipMember[],
  { signal, reserve = 0, flushing, known }: ZipOptions = {},
): Promise<ReadonlyMap<string, PackedMember>> {
  // Before anything is read: zip64 is for what no client takes by default (limits.package, limits.entries).
  if (members.length >= 0xffff || members.some((member) => bytesOf(member) > most)) throw tooLarge(path)
  // Packing may gain nothing.
  const whole = members.reduce((sum, member) => sum + bytesOf(member), 0)
  if (reserve > 0) assertSpace(dirname(path), whole, reserve)
  const file = await open(path, 'wx', 0o644)
  try {
    const output = new ZipOutput(file)
    const written: WrittenMember[] = []
    const packed = new Map<string, PackedMember>()
    let begun = null as Begun | null
    for await (const { member, data, key, end } of inOrder(tasksOf(members, known, signal), ahead, pack)) {
      begun ??= await begin(member, output)
      await output.add(data)
      if (key !== null) begun.blocks.push({ key, packed: data.length })
      if (end === null) continue
      const one = await finish(member, begun, end, output)
      written.push(one)
      packed.set(member.name, {
        content: contentOf(path, one),
        blocks: one.method === deflate ? begun.blocks : [],
      })
      begun = null
      if (output.position > most) throw tooLarge(path)
    }
    const offset = output.position
    const directory = Buffer.concat(written.map(entryOf))
    await output.add(Buffer.concat([directory, endOf(written.length, directory.length, offset)]))
    await output.flush()
    // A member that was stored after all may have left longer, deflated bytes behind.
    await file.truncate(output.position)
    if (flushing) flushing.add(path)
    else await file.sync()
    return packed
  } finally {
    await file.close()
  }
}

function bytesOf({ content }: ZipMember): number {
  return 'zip' in content ? content.bytes : lengthOf(content)
}

/** What is known of a member once all of it has been seen. */
type End = Pick<WrittenMember, 'method' | 'crc' | 'bytes'>

/** A part of a member's packed bytes. */
interface Part {
  readonly data: Buffer
  /** Of the block that it is; null when it is none, or nobody asked. */
  readonly key: string | null
  /** Null for all parts but the last. */
  readonly end: End | null
}

/** How a part comes about. */
interface Task {
  readonly member: ZipMember
  readonly key: string | null
  readonly end: End | null
  readonly data: () => Buffer | Promise<Buffer>
}

async function pack({ member, key, end, data }: Task): Promise<Part & { readonly member: ZipMember }> {
  return { member, key, end, data: await data() }
}

async function* tasksOf(
  members: readonly ZipMember[],
  known: KnownBlocks | null | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Task> {
  for (const member of members) {
    const { content } = member
    for await (const task of 'zip' in content ? copied(content) : deflated(content, known)) {
      signal?.throwIfAborted()
      yield { member, ...task }
    }
  }
}

async function* deflated(
  content: Content,
  known: KnownBlocks | null | undefined,
): AsyncGenerator<Omit<Task, 'member'>> {
  let crc = 0
  for await (const block of blocksOf(content)) {
    crc = crc32(block.bytes, crc)
    const key = known ? keyOf(block) : null
    const there = key === null ? undefined : known?.find(key)
    const end = block.last ? ({ method: deflate, crc, bytes: lengthOf(content) } as const) : null
    yield { key, end, data: () => there ?? deflateBlock(block) }
  }
}

async function* copied({ zip, from, packed, ...end }: PackedContent): AsyncGenerator<Omit<Task, 'member'>> {
  const file = await open(zip, 'r')
  try {
    for (let done = 0; done < packed; ) {
      const length = Math.min(pieceBytes, packed - done)
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, from + done)
      if (bytesRead === 0) throw new DefsError('STORE_IO', `${zip} became shorter: run again`, { path: zip })
      done += bytesRead
      yield { key: null, end: null, data: () => buffer.subarray(0, bytesRead) }
    }
    yield { key: null, end, data: () => Buffer.alloc(0) }
  } finally {
    await file.close()
  }
}

/** A member whose packed bytes are being written. */
interface Begun {
  readonly name: Buffer
  readonly offset: number
  /** What stands in the place of its header. */
  readonly header: Buffer
  readonly blocks: PackedBlock[]
}

async function begin({ name: text }: ZipMember, output: ZipOutput): Promise<Begun> {
  const name = Buffer.from(text)
  const offset = output.position
  const header = Buffer.alloc(headerBytes + name.length)
  await output.add(header)
  return { name, offset, header, blocks: [] }
}

/** Gives a member its header once its packed bytes are there, or stores it plainly where that is better. */
async function finish(
  { content }: ZipMember,
  { name, offset, header }: Begun,
  end: End,
  output: ZipOutput,
): Promise<WrittenMember> {
  const from = offset + header.length
  let written: WrittenMember = { name, offset, packed: output.position - from, ...end }
  // Nothing gained, or so much that our own readers would take it for a bomb.
  if (end.method === deflate && !('zip' in content) && (written.packed >= end.bytes || isBomb(written))) {
    await output.rewind(from)
    for await (const piece of piecesOf(content)) await output.add(piece)
    written = { ...written, method: stored, packed: end.bytes }
  }
  await output.amend(offset, header, headerOf(written))
  return written
}

function isBomb({ packed, bytes }: { packed: number; bytes: number }): boolean {
  return bytes >= limits.ratioFrom && bytes / packed > limits.ratio / 2
}

function contentOf(zip: string, { name, offset, packed, method, crc, bytes }: WrittenMember): PackedContent {
  return { zip, from: offset + headerBytes + name.length, packed, method, crc, bytes }
}

function tooLarge(path: string): DefsError {
  return new DefsError(
    'ARCHIVE_UNSUPPORTED',
    `${path} would be more than a zip holds without zip64: 4 GiB, or 65,534 files`,
    { path },
  )
}
