import type { ErrorCode } from '../error.ts'
import type { Grade, SetName } from '../set-name.ts'
import type { EventName, Level } from './catalogue.ts'

/** How many files and names came, went, or stand for something else. */
export interface SetChanges {
  readonly files: number
  readonly added: number
  readonly removed: number
  readonly changed: number
}

/** One line of the journal (docs/contract.md section 5). */
export interface DefsEvent {
  /** RFC 3339, UTC. */
  readonly time: string
  readonly id: number
  readonly name: EventName
  readonly level: Level
  readonly message: string
  /** The set concerned, null when there is none. */
  readonly set: SetName | null
  /** Its folder, or the file concerned. */
  readonly path: string | null
  /** The configured name of the source. */
  readonly source: string | null
  readonly errorCode: ErrorCode | null
  /** Further facts, by event. */
  readonly grade?: Grade
  readonly previous?: SetName | null
  readonly reason?: string
  /** An event of the same cause that was reported before this one: whoever is alerted by mail had that already. */
  readonly follows?: EventName
  readonly user?: string
  /** From where somebody did it: an address, or `local`. */
  readonly from?: string
  /** What was changed, and how. */
  readonly object?: string
  readonly change?: string
  /** Of a fleet: the ring and the host concerned. */
  readonly ring?: string
  readonly host?: string
  readonly count?: number
  /** What each check of the gate had to say, one line each. */
  readonly checks?: readonly string[]
  readonly until?: string
  readonly bytes?: number
  /** How the set differs from the one before: files, and names of what is detected. */
  readonly changes?: SetChanges
  /** The same in words, some of the names among them. */
  readonly news?: string
  /** Age of the set, for event 404. */
  readonly ageSeconds?: number
}

/** What the reporter of an event says; number, level and message come from the catalogue. */
export type EventFacts = Partial<Omit<DefsEvent, 'time' | 'id' | 'name' | 'level' | 'message'>> & {
  /** Replaces the catalogue's text where that has no blank for what is to be said. */
  readonly message?: string
}
