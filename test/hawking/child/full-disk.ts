import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from '../../../src/disk/lock.ts'
import { activate } from '../../../src/hawking/activate.ts'
import { readPointer } from '../../../src/hawking/pointer.ts'
import { prepareStore } from '../../../src/hawking/prepare.ts'
import { recover } from '../../../src/hawking/recover.ts'
import { isComplete, listSets, setDirectory } from '../../../src/hawking/sets.ts'
import { stage } from '../../../src/hawking/stage.ts'
import { writeAttempt } from '../../../src/hawking/state.ts'
import { authenticIn, product, realContext, set, setContents, storeAt } from '../world.ts'

// Runs on a tiny file system of its own and prints how each step ended when there was no room left.
const [root = ''] = process.argv.slice(2)
const store = storeAt(root)
const context = realContext()
const filler = join(root, 'filler')

function fill(): void {
  const file = openSync(filler, 'w')
  for (let bytes = 65_536; bytes >= 1; ) {
    try {
      writeSync(file, Buffer.alloc(bytes))
    } catch {
      bytes = Math.floor(bytes / 2)
    }
  }
  closeSync(file)
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => 'none',
    (reason: unknown) => reason,
  )
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}

const take = async (name: string) => {
  const staged = await stage(authenticIn(store, set(name), setContents(name)), store, {
    group: null,
    context,
  })
  return activate(staged, store, product)
}

await prepareStore(store, null)
await take('20261121.001')
const authentic = authenticIn(store, set('20261121.002'), setContents('2'))
const staged = await stage(authenticIn(store, set('20261121.003'), setContents('3')), store, {
  group: null,
  context,
})
fill()
const codes = [
  await codeOf(stage(authentic, store, { group: null, context })),
  await codeOf(activate(staged, store, product)),
  await codeOf(writeAttempt(store, { at: '', source: null, outcome: 'failed', error: null })),
  await codeOf(withLock(store, { wait: 0, context }, async () => undefined)),
]
const during = await readPointer(store)
const whole = await Promise.all((await listSets(store)).map((name) => isComplete(setDirectory(store, name))))
rmSync(filler)
const findings = (await recover(store, product)).map(({ code }) => code)
const after = await take('20261121.004')
process.stdout.write(JSON.stringify({ codes, during, whole, findings, after: after.set }))
