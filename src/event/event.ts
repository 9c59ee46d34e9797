import type { ErrorCode } from '../error.ts'
import type { Grade, SetName } from '../set-name.ts'
import type { EventName, Level } from './catalogue.ts'

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
  /** Of a fleet: the ring and the host concerned. */
  readonly ring?: string
  readonly host?: string
  readonly count?: number
  /** What each check of the gate had to say, one line each. */
  readonly checks?: readonly string[]
  readonly until?: string
  readonly bytes?: number
  /** Age of the set, for event 404. */
  readonly ageSeconds?: number
}

/** What the reporter of an event says; number, level and message come from the catalogue. */
export type EventFacts = Partial<Omit<DefsEvent, 'time' | 'id' | 'name' | 'level' | 'message'>> & {
  /** Replaces the catalogue's text where that has no blank for what is to be said. */
  readonly message?: string
}
