import { compareStanding } from '../../set-id.ts'
import type { TriItem } from './item.ts'

/**
 * The newest of several full packages, by sequence number where both have one, else by set name. Where an
 * item is named after the product, those with other names are of other products (a big index without
 * `Product=` keys).
 */
export function newestItem(items: readonly TriItem[], product: string): TriItem | null {
  const named = items.filter(({ itemName }) => itemName?.toLowerCase() === product.toLowerCase())
  const candidates = named.length > 0 ? named : items
  return candidates.reduce<TriItem | null>(
    (best, item) => (best && compareStanding(item, best) <= 0 ? best : item),
    null,
  )
}
