/** A member of an archive, as its own directory or headers tell it; nothing here is checked yet. */
export interface Member {
  /** The name as written in the archive. */
  readonly name: string
  readonly type: 'file' | 'folder'
  /** Unpacked size in bytes as announced; null when only reading tells. */
  readonly bytes: number | null
  /** When it was changed last, as the archive says; null when that is no date. */
  readonly modified: Date | null
  /** The file itself, where another thread is worth being asked to copy it in place of its body. */
  readonly path?: string
}

/**
 * Called for each member, folders included; calls may overlap, a few at a time. The body must be consumed before
 * the promise resolves, or not begun, and a piece of it is valid only until the next one is asked for.
 * @param signal ends the visit
 * @param lane calls with the same number do not overlap
 */
export type Visit = (
  member: Member,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  lane: number,
) => Promise<void>

/** What bounds a reader; see limits.ts for the meaning and the defaults. */
export interface ArchiveLimits {
  readonly entries: number
  /** All members together, unpacked, in bytes. */
  readonly unpacked: number
  readonly ratio: number
  /** Default: `ratioFrom` of limits.ts. */
  readonly ratioFrom?: number
}

/** One reading of one archive: its bounds, and who listens. */
export interface MemberReading {
  readonly limits: ArchiveLimits
  /** Ends the reading; checked between any two pieces of data. */
  readonly signal: AbortSignal
  /** Told once, before the first visit, how many bytes there are unpacked, when the archive says so. */
  readonly announce: (bytes: number) => void
  readonly visit: Visit
}

/**
 * One archive format. A reader announces every member of a file to `visit` and refuses what the format itself
 * can hide: links, specials, encryption, overlaps, trailing bytes, bombs.
 * Names are judged by archive/member-name.ts, the same for every format.
 */
export interface Reader {
  /**
   * @throws ARCHIVE_*; STORE_IO when the archive cannot be read; INTERRUPTED
   */
  read(path: string, reading: MemberReading): Promise<void>
}
