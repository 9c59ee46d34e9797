/** A member of an archive, as its own directory or headers tell it; nothing here is checked yet. */
export interface Member {
  /** The name as written in the archive. */
  readonly name: string
  readonly type: 'file' | 'folder'
  /** Unpacked size in bytes as announced; null when only reading tells. */
  readonly bytes: number | null
}

/** Called for each member in turn; the body of a file must be consumed before the promise resolves. */
export type Visit = (member: Member, body: AsyncIterable<Uint8Array>) => Promise<void>

/** What bounds a reader; see limits.ts for the meaning and the defaults. */
export interface ArchiveLimits {
  readonly entries: number
  /** All members together, unpacked, in bytes. */
  readonly unpacked: number
  readonly ratio: number
  readonly ratioFrom: number
}

/**
 * One archive format. A reader announces every member of a file to `visit` and refuses what the format itself
 * can hide: links, specials, encryption, overlaps, trailing bytes, bombs.
 * Names are judged by archive/name.ts, the same for every format.
 */
export interface Reader {
  /**
   * @throws ARCHIVE_*
   */
  read(path: string, limits: ArchiveLimits, visit: Visit, signal: AbortSignal): Promise<void>
}
