import type { Hold } from '../hawking/record.ts'
import { isHeld } from '../hawking/records.ts'
import type { SetName } from '../set-id.ts'

/** The sets, beside those that `definfo.dat` and `usage.dat` name, that pruning must leave alone, and why. */
export function protectedSets(
  holds: readonly Hold[],
  inUse: SetName | null,
  now: Date,
): ReadonlyMap<SetName, string> {
  const held = holds.filter((hold) => isHeld(hold, now)).map((hold) => [hold.set, 'held'] as const)
  return new Map([...held, ...(inUse === null ? [] : [[inUse, 'in use'] as const])])
}
