import { withLock } from '../../../src/disk/lock.ts'
import { activate } from '../../../src/hawking/activate.ts'
import { prune } from '../../../src/hawking/prune.ts'
import { recover } from '../../../src/hawking/recover.ts'
import { stage } from '../../../src/hawking/stage.ts'
import { authenticIn, product, realContext, set, setContents, storeAt } from '../world.ts'

// One update after another until it is killed; every third one replaces the current set by itself.
const [root = '', first = '1'] = process.argv.slice(2)
const store = storeAt(root)
const context = realContext()
process.stdout.write('ready\n')
for (let number = Number(first); ; number += 1) {
  const revision = String(number - (number % 3 === 0 ? 1 : 0)).padStart(3, '0')
  const name = set(`20261121.${revision}`)
  await withLock(store, { wait: 0, context }, async () => {
    await recover(store, product)
    const authentic = authenticIn(store, name, setContents(name))
    const staged = await stage(authentic, store, { group: null, context })
    await activate(staged, store, product)
    await prune(store, { keep: 2 })
  })
}
