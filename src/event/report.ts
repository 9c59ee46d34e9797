import type { DefsEvent } from './event.ts'

/** How far one transfer or one unpacking has come. */
export interface Progress {
  readonly type: 'progress'
  readonly step: 'fetch' | 'open' | 'verify' | 'stage'
  /** What is worked on: a file or set. */
  readonly subject: string
  readonly done: number
  /** Bytes in all, null when nobody told. */
  readonly total: number | null
}

/** The beginning of something that takes its time and tells of no bytes; it lasts until the next report. */
export interface Stage {
  readonly type: 'stage'
  /** For people: `checking 20261121.003 with clamscan`. */
  readonly text: string
  /** What is waited for, and how long at most: `it loads the whole set, 5 min at most`. */
  readonly waits: string
}

/** A line for people: what is being done and why. */
export interface Note {
  readonly type: 'note'
  readonly level: 'debug' | 'information' | 'warning'
  readonly text: string
}

/** An event for the journal and its sinks. */
export interface EventReport {
  readonly type: 'event'
  readonly event: DefsEvent
}

/** Everything the core tells the outside; console, journal and sinks are listeners to this one stream. */
export type Report = Progress | Stage | Note | EventReport
