/** Severity, as in the public tables of the family (docs/domain.md section 7). */
export type Level = 'information' | 'warning' | 'error'

/** What an event means, for people: `defs events explain` prints it. */
export interface EventKind {
  readonly id: number
  /** The number under `product.version` 6.0.x, where it differs (docs/domain.md section 7). */
  readonly id60?: number
  readonly level: Level
  /** `<directory>`, `<code>` and other names in angle brackets are filled in. */
  readonly message: string
  /** What has happened. */
  readonly cause: string
  /** What an admin does about it. */
  readonly action: string
}
