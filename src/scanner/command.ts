import type { SetName } from '../set-id.ts'
import type { Desk } from './desk.ts'
import { runTold, type Told } from './run-told.ts'
import type { Scanner } from './scanner.ts'

/** A scanner that is told by running a program; exit status 0 says that it uses the set. */
export function openCommand(told: Told, root: string, desk: Desk): Scanner {
  return {
    async handOver(active, context) {
      await runTold(active, told, root, context)
      await desk.remember(active.set)
      return { set: active.set, proof: 'command' }
    },
    revive: null,
    inUse: (): Promise<SetName | null> => desk.recall(),
    ailment: async () => null,
  }
}
