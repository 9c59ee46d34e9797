import type { SetName } from '../set-name.ts'
import type { Authentic } from '../trust/authentic.ts'

declare const complete: unique symbol

/** A set that lies whole and flushed under its dated name; nothing points to it yet. */
export interface Staged {
  readonly set: SetName
  /** The dated folder. */
  readonly directory: string
  readonly authentic: Authentic
  /** Made only by hawking/stage.ts. */
  readonly [complete]: true
}

/** A set that `definfo.dat` names as current. */
export interface Active {
  readonly set: SetName
  readonly directory: string
  readonly previous: SetName | null
}
