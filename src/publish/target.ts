/** A file that clients may ask for, by its path below the tree. */
export interface Target {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}
