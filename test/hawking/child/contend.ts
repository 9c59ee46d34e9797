import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { withLock } from '../../../src/disk/lock.ts'
import { realContext, storeAt } from '../world.ts'

// Takes the lock so many times; says "clash" when another living process is in the critical section meanwhile.
const [root = '', rounds = '1', linger = '0'] = process.argv.slice(2)
const inside = `${root}/inside`

/** A killed one that its parent has not seen yet, or just sees, is none. */
function somebodyInside(): boolean {
  try {
    const pid = readFileSync(inside, 'utf8')
    // Killed between making the file and writing it; without a number the path would be that of the machine's own state.
    if (pid === '') return false
    const status = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return !/^\) [ZX]/.test(status.slice(status.lastIndexOf(')')))
  } catch {
    return false
  }
}

for (let round = 0; round < Number(rounds); round += 1) {
  await withLock(storeAt(root), { wait: 20_000, context: realContext() }, async () => {
    process.stdout.write(somebodyInside() ? 'clash\n' : 'in\n')
    writeFileSync(inside, String(process.pid))
    await pause(Number(linger))
    rmSync(inside)
  })
}
