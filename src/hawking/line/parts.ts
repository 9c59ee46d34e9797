import { count, nullable, object, oneOf, text } from '../../disk/json-shape.ts'

/** One part of a set that is put together here: what became of it in the run that made the set. */
export interface PartRecord {
  readonly name: string
  /** `kept`: the last good copy, since what was offered was no better; `left-out`: there was none. */
  readonly state: 'fetched' | 'unchanged' | 'kept' | 'left-out'
  /** Who delivered it in that run; null for nobody. */
  readonly url: string | null
  readonly sha256: string | null
  /** Of a pack of rules: what its state is known by, what dates it (RFC 3339), when it was signed (seconds), how many
   * rules are active in it. */
  readonly fingerprint?: string | null
  readonly date?: string | null
  readonly signedAt?: number | null
  readonly rules?: number | null
  /** Who vouched for it and how, and when that was looked at (RFC 3339, packs only); a copy keeps what its download had. */
  readonly signedBy?: string | null
  readonly method?: string | null
  readonly verifiedAt?: string | null
}

/** A part as the record of a set has it. */
export const partShape = object<PartRecord>({
  name: text,
  state: oneOf(['fetched', 'unchanged', 'kept', 'left-out']),
  url: nullable(text),
  sha256: nullable(text),
  fingerprint: nullable(text),
  date: nullable(text),
  signedAt: nullable(count),
  rules: nullable(count),
  signedBy: nullable(text),
  method: nullable(text),
  verifiedAt: nullable(text),
})
