/** Where a package is fetched to, and under which bounds. */
export interface Place {
  /** The folder for downloads, `state/partial/` of the store; it exists. */
  readonly partial: string
  /** Bytes that must stay free on its disk. */
  readonly reserve: number
  /** The largest package that is taken, in bytes. */
  readonly maxBytes: number
  /** Least mean throughput, bytes a second. */
  readonly throughput: number
  /** The end of the run; null for none. */
  readonly deadline: Date | null
  /** Tries of one transfer at one host. */
  readonly tries: number
}
