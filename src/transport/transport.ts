/** One entry of a folder on the far side. */
export interface Listed {
  readonly name: string
  readonly folder: boolean
  /** Bytes, null when the listing does not say. */
  readonly bytes: number | null
  /** Time of last change as the far side writes it, null when the listing does not say. */
  readonly modified: string | null
}

/** A small file, whole in memory. */
export interface SmallFile {
  /** Its address, password left out. */
  readonly url: string
  readonly bytes: Uint8Array
  readonly mediaType: string | null
  /** As `Opening.validator`; absent where the protocol has none. */
  readonly validator?: string | null
}

/** The beginning of a file. */
export interface Beginning {
  readonly url: string
  /** At most as many as were asked for. */
  readonly bytes: Uint8Array
  /** Size of the whole file, null when the far side does not say. */
  readonly total: number | null
  /** As `Opening.validator`. */
  readonly validator: string | null
  readonly mediaType: string | null
}

/**
 * A way to files on one host. What is small, listed or peeked at tells what is newest, so it never comes out of a cache on
 * the way. Paths are relative to the base address, with `/` between folders, and are not
 * yet encoded. Kinds: http (HTTP and HTTPS), ftp (FTP and FTPS), directory (a folder or share).
 */
export interface Transport {
  /** The base address, password left out, ending in `/`. */
  readonly url: string
  /**
   * Reads a small file; null when it is not there.
   * @throws INDEX_TOO_LARGE beyond `limit` bytes; SOURCE_*
   */
  read(path: string, limit: number, signal: AbortSignal): Promise<SmallFile | null>
  /**
   * The same, unless the server says that it still has the file with this {@link SmallFile.validator}. Absent where
   * the protocol has no such question.
   * @throws INDEX_TOO_LARGE, SOURCE_*
   */
  readIfChanged?(
    path: string,
    limit: number,
    validator: string,
    signal: AbortSignal,
  ): Promise<SmallFile | 'unchanged' | null>
  /**
   * Reads the first bytes of a file in one request; null when it is not there. Absent where the protocol has no ranges.
   * @throws SOURCE_*
   */
  peek?(path: string, limit: number, signal: AbortSignal): Promise<Beginning | null>
  /** Lists a folder; null when it is not there or cannot be listed (HTTP without an index). @throws SOURCE_* */
  list(path: string, signal: AbortSignal): Promise<readonly Listed[] | null>
  /** A file to be opened later. */
  remote(path: string): Remote
  /** Ends every connection. Safe to call twice. */
  close(): Promise<void>
}

/** What the configuration says about reaching a host. */
export interface ConnectionOptions {
  readonly username: string | null
  readonly password: string | null
  /** FTP with TLS: `explicit` (AUTH TLS), `implicit` (port 990), `none`. Null: as the address says. */
  readonly tls: 'none' | 'explicit' | 'implicit' | null
  /** PEM certificates of authorities for HTTPS and FTPS, instead of those of Node.js; null for these. */
  readonly authorities: string | null
  /** HTTP proxy for http and https addresses; it never applies to FTP (LiveUpdate's rule). */
  readonly proxy: {
    readonly url: string
    readonly username: string | null
    readonly password: string | null
  } | null
  /** Hosts (exact or `.suffix`) that are reached without the proxy. */
  readonly noProxy: readonly string[]
  /** Milliseconds to connect, handshakes included. */
  readonly connectTimeout: number
  /** Milliseconds of silence before a transfer counts as stalled. */
  readonly stallTimeout: number
  readonly userAgent: string
  /** Whether 403 asks to be left alone for a day, as ClamAV's mirrors mean it. */
  readonly coolWhenForbidden?: boolean
}
/** Where bytes begin to flow again: what was got before, and proof that the far side still has the same. */
export interface Resume {
  /** Bytes already here; the next byte wanted has this offset. */
  readonly offset: number
  /**
   * What {@link Opening.validator} said when those bytes came. Empty when whatever is there now may be resumed,
   * because a signed digest judges the whole file in the end.
   */
  readonly validator: string
}
/** An open transfer. */
export interface Opening {
  /** Offset of the first byte of `body`: the one asked for, or 0 when the far side would not resume. */
  readonly start: number
  /** Size of the whole file in bytes, null when the far side does not say. */
  readonly total: number | null
  /** Changes whenever the file does (a strong ETag; size and time); null when nothing of the kind is known. */
  readonly validator: string | null
  /** The media type, when the protocol has one. */
  readonly mediaType: string | null
  /** When the file was changed last, as the far side says; null when it does not. */
  readonly modified: Date | null
  /** The bytes. Destroying it ends the transfer. */
  readonly body: AsyncIterable<Uint8Array>
}
/** One file on the far side, at one place. */
export interface Remote {
  /** The address, with any password left out. */
  readonly url: string
  /**
   * Opens it, at an offset when `resume` is given and the file is still the same.
   * @param fresh whether a copy in a cache on the way will not do
   * @throws SOURCE_* as the transport has it; SOURCE_COOLING_DOWN on 429 and on 503 with Retry-After
   */
  open(resume: Resume | null, signal: AbortSignal, fresh?: boolean): Promise<Opening>
}
