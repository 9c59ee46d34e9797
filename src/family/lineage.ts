import { canaryFile } from '../canary.ts'
import type { SourceConfig } from '../config/config.ts'

/**
 * What a set is for: the engine that reads it. Dates and numbers of two lineages say nothing about each other.
 * `other`: definitions whose files do not tell, as those of an antivirus product, or lists of addresses.
 */
export type Lineage = 'clamav' | 'suricata' | 'yara' | 'other'

/** The lineage of a set by the names of its files. */
export function lineageOf(files: Iterable<{ readonly name: string }>): Lineage {
  const names = [...files].map(({ name }) => name.toLowerCase())
  const some = (pattern: RegExp) => names.some((name) => pattern.test(name))
  if (names.includes(canaryFile) || some(/^[^/]+\.(?:cvd|cld)$/)) return 'clamav'
  if (some(/\.rules$/)) return 'suricata'
  return some(/\.yara?$/) ? 'yara' : 'other'
}

/** What a source is known to bring before it is asked; null where only its sets tell. */
export interface SourceLine {
  readonly lineage: Lineage | null
  /** The product that the vendor's sets are for, in lower case; null when the source does not say. */
  readonly product: string | null
}

/** An internal server may carry anything; the others bring what their kind says. */
export function lineOf(source: SourceConfig): SourceLine {
  switch (source.kind) {
    case 'clamav':
      return { lineage: 'clamav', product: null }
    case 'rules':
      return { lineage: engineOf(source.style), product: null }
    case 'internal':
      return { lineage: null, product: null }
    case 'liveupdate':
      return { lineage: 'other', product: source.product.toLowerCase() }
    default:
      return { lineage: 'other', product: null }
  }
}

function engineOf(style: 'auto' | 'suricata' | 'yara' | 'lines'): Lineage | null {
  if (style === 'auto') return null
  return style === 'lines' ? 'other' : style
}
