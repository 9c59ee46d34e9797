import { ByteSink } from './byte-sink.ts'
import { addCode, addCopyCode, copyAddCode, copyCode } from './code-table.ts'

/** Writes instructions in as few bytes as the code table allows: sizes inside the code, and two in one code. */
export class InstructionWriter {
  readonly sink = new ByteSink()
  /** The instruction written last, as long as its code may still take in the next one. */
  #added = 0
  #copied = 0
  #mode = 0

  add(size: number): void {
    const both = this.#copied > 0 ? copyAddCode(this.#copied, this.#mode, size) : -1
    if (both >= 0) {
      this.#join(both)
      return
    }
    const code = addCode(size)
    this.#single(code, code === addCode(0), size)
    this.#added = size
  }

  run(size: number): void {
    this.#single(0, true, size)
  }

  copy(size: number, mode: number): void {
    const both = this.#added > 0 ? addCopyCode(this.#added, size, mode) : -1
    if (both >= 0) {
      this.#join(both)
      return
    }
    const code = copyCode(size, mode)
    this.#single(code, code === copyCode(0, mode), size)
    this.#copied = size
    this.#mode = mode
  }

  #single(code: number, sizeFollows: boolean, size: number): void {
    this.sink.byte(code)
    if (sizeFollows) this.sink.varint(size)
    this.#added = 0
    this.#copied = 0
  }

  #join(code: number): void {
    this.sink.replaceLast(code)
    this.#added = 0
    this.#copied = 0
  }
}
