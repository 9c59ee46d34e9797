import { DefsError } from '../error.ts'
import type { Desk, Place } from './desk.ts'
import type { Scanner } from './scanner.ts'

/** A scanner that reads the Hawking structure itself (product version 6.5.7 and later): what is current is in use. */
export function openDirect(store: Place, desk: Desk): Scanner {
  return {
    async handOver({ set }) {
      const { current } = await desk.readPointer(store)
      if (current === set) return { set, proof: 'pointer' }
      throw new DefsError(
        'SCANNER_REFUSED',
        `${store.definfo} names ${current ?? 'no set'}, not ${set}: run again`,
        {
          path: store.definfo,
        },
      )
    },
    revive: null,
    ailment: async () => null,
    async inUse() {
      return (await desk.readPointer(store)).current
    },
  }
}
