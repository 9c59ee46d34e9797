import type { SetName } from '../../set-id.ts'
import type { Transport } from '../transport.ts'

/** A package that was seen on a host, in a listing or by asking for it. */
export interface Found {
  readonly host: Transport
  /** Its path below the host's address. */
  readonly path: string
  readonly name: string
  readonly set: SetName | null
  /** The number of its `sequence/<number>/` folder, null elsewhere. */
  readonly sequence: number | null
  /** Bytes, null when nobody said. */
  readonly bytes: number | null
  /** Time of last change, an ETag or the like; null when nobody said. */
  readonly version: string | null
  /** True when name or folder stay with this one set for ever; false for a static name. */
  readonly lasting: boolean
}
