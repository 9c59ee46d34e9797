import type { Context } from '../context.ts'
import type { Active } from '../hawking/staged.ts'
import type { SetName } from '../set-id.ts'

/** What the scanner has to say after it was told of a set. */
export interface InUse {
  readonly set: SetName
  /** How it is known that the scanner uses the set: `pointer`, `copy`, `command`, `version`... */
  readonly proof: string
}

/** The engine that works with the definitions, or what stands for it. */
export interface Scanner {
  /**
   * Tells the scanner of the active set and resolves once it uses it.
   * @throws SCANNER_REFUSED when it does not take the set; STORE_* when its own copy cannot be written
   */
  handOver(active: Active, context: Context): Promise<InUse>
  /** The set the scanner uses, null when it cannot tell or has none. Never throws for a missing engine. */
  inUse(): Promise<SetName | null>
}
