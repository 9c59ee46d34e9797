/** What a file that was brought here comes to: its pieces are to be read alone, were read, or wait for a reader of both. */
export type Met =
  | { readonly how: 'alone' | 'read' }
  | {
      readonly how: 'both'
      /** Of the side that came first. */
      readonly pieces: AsyncIterable<Buffer>
      /** Lets that side go on. */
      readonly release: (error?: unknown) => void
    }

interface Waiting {
  readonly side: number
  readonly key: string
  readonly pieces: AsyncIterable<Buffer>
  readonly resolve: (met: Met) => void
  readonly reject: (error: unknown) => void
}

/**
 * Where two readers of archives meet that each can only go forward: whoever comes to a file first waits for the other
 * one to come to its like, and reads it alone once that came to anything else, or to its end. Nobody waits in vain.
 */
export class Rendezvous {
  #waiting: Waiting | null = null
  readonly #ended = [false, false]

  /** @param side 0 or 1 */
  async come(side: number, key: string, pieces: AsyncIterable<Buffer>): Promise<Met> {
    const other = this.#waiting
    this.#waiting = null
    if (other?.key === key) {
      const release = (error?: unknown) =>
        error === undefined ? other.resolve({ how: 'read' }) : other.reject(error)
      return { how: 'both', pieces: other.pieces, release }
    }
    other?.resolve({ how: 'alone' })
    if (this.#ended[1 - side]) return { how: 'alone' }
    return new Promise((resolve, reject) => {
      this.#waiting = { side, key, pieces, resolve, reject }
    })
  }

  /** This side comes to nothing more. */
  end(side: number): void {
    this.#ended[side] = true
    if (this.#waiting?.side !== 1 - side) return
    this.#waiting.resolve({ how: 'alone' })
    this.#waiting = null
  }
}
