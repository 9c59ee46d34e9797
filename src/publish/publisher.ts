import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import type { EventName } from '../event/catalogue.ts'
import type { EventFacts } from '../event/event.ts'
import type { SetName } from '../set-name.ts'
import type { Certified } from '../trust/issue/make-certificate.ts'
import type { TufSigner } from './keys/tuf-key.ts'
import type { MetadataSigners } from './metadata.ts'
import type { PublishPaths } from './paths.ts'

/** The keys that publishing needs, opened. */
export interface OpenedKeys extends MetadataSigners {
  readonly guard: Certified
  /** Null where the role `fleet` has no key, or has it elsewhere. */
  readonly picks: TufSigner | null
}

/** Everything one run of the publisher shares. */
export interface Publisher {
  readonly paths: PublishPaths
  readonly keys: OpenedKeys
  readonly config: Config
  readonly context: Context
  /** The moment that everything published in this run bears. */
  readonly now: Date
  readonly report: (name: EventName, facts: EventFacts) => void
  /** Numbers of the events reported so far. */
  readonly events: readonly number[]
  /** What a killed run had begun and this one has finished. */
  readonly finished: readonly Finished[]
}

/** A channel that a killed run had begun to change: what the signed tree offered until that was finished just now. */
export interface Finished {
  readonly channel: string
  readonly from: SetName | null
}

/** What opening a publisher needs beside the configuration. */
export interface PublisherRequest {
  /** Another tree than the configured one. */
  readonly to: string | null
  readonly passphrase: string | null
  /** Milliseconds to wait for another run to end. */
  readonly lockWait: number
}
