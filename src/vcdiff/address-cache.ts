import { DefsError } from '../error.ts'
import { nearSlots, sameModes, sameSlots } from './code-table.ts'
import type { Cursor } from './cursor.ts'

/** How one address is written: the mode goes into the instruction, the value into the addresses section. */
export interface WrittenAddress {
  mode: number
  value: number
  /** Written as one byte as it is, not as an integer. */
  oneByte: boolean
}

/** The addresses used last in a window (RFC 3284, section 5.1); the writer and the reader keep the same ones. */
export class AddressCache {
  readonly #near = new Float64Array(nearSlots)
  readonly #same = new Float64Array(sameSlots * 256)
  #oldest = 0

  /** Reads the address of a copy that stands at `here`. @throws ARCHIVE_CORRUPT unless it lies before `here` */
  read(mode: number, here: number, addresses: Cursor): number {
    const address = this.#resolve(mode, here, addresses)
    if (address < 0 || address >= here) {
      throw new DefsError('ARCHIVE_CORRUPT', 'a patch copies from where nothing has been written yet')
    }
    this.#remember(address)
    return address
  }

  /** Chooses the shortest way to write an address, and the mode with the smaller value where two are equal. */
  write(address: number, here: number, into: WrittenAddress): void {
    const slot = address % (sameSlots * 256)
    into.oneByte = this.#same[slot] === address
    if (into.oneByte) {
      into.mode = sameModes + (slot >> 8)
      into.value = slot & 255
    } else {
      into.mode = 0
      into.value = address
      if (here - address < into.value) {
        into.mode = 1
        into.value = here - address
      }
      for (let i = 0; i < nearSlots; i++) {
        const ahead = address - (this.#near[i] ?? 0)
        if (ahead >= 0 && ahead < into.value) {
          into.mode = 2 + i
          into.value = ahead
        }
      }
    }
    this.#remember(address)
  }

  #resolve(mode: number, here: number, addresses: Cursor): number {
    if (mode === 0) return addresses.varint(here)
    if (mode === 1) return here - addresses.varint(here)
    if (mode < sameModes) return (this.#near[mode - 2] ?? 0) + addresses.varint(here)
    return this.#same[(mode - sameModes) * 256 + addresses.byte()] ?? 0
  }

  #remember(address: number): void {
    this.#near[this.#oldest] = address
    this.#oldest = (this.#oldest + 1) % nearSlots
    this.#same[address % (sameSlots * 256)] = address
  }
}
