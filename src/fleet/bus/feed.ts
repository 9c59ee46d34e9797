/** A report as it lay in a folder or came over the bus; nothing about it is proved. */
export interface RawReport {
  /** The name that the place gives it: of the file, or of the subject. */
  readonly name: string
  /** Null for something that is no regular file of a report's size. */
  readonly bytes: Uint8Array | null
}

/** Whether reports can be heard, and since when. */
export interface FeedState {
  readonly kind: 'none' | 'nats'
  readonly state: 'up' | 'away'
  /** RFC 3339, UTC. */
  readonly since: string
  /** Why it is away. */
  readonly reason: string | null
}

/** Where the controller hears reports. It never waits long, and its failure is a state. */
export interface ReportFeed {
  /** What came since it was asked last; at first all there is. */
  readonly take: () => Promise<readonly RawReport[]>
  readonly state: () => FeedState
  /** Resolves when something may have come, or after so many milliseconds. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>
  /** Tells hosts that there is a reason to look: a hint that nobody has to believe. */
  readonly announce: (hint: Announcement) => Promise<void>
  readonly close: () => Promise<void>
}

/** What the controller says on the bus: it moves nobody, and says only that asking may be worth it. */
export interface Announcement {
  readonly schema: 1
  /** Of the card. */
  readonly number: number
  readonly timestampVersion: number
  /** The tree's own timestamp, which proves to hosts that there is something new. */
  readonly timestamp: string
  /** Hosts are to ask soon, whatever their spread: a set was taken back, or is urgent. */
  readonly soon: boolean
  readonly rings: Readonly<Record<string, { readonly set: string | null; readonly statement: number | null }>>
}
