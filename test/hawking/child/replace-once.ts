import { activate } from '../../../src/hawking/activate.ts'
import { prune } from '../../../src/hawking/prune.ts'
import { stage } from '../../../src/hawking/stage.ts'
import { authenticIn, product, realContext, set, setContents, storeAt } from '../world.ts'

// Takes a set of the given name and prunes: one run, to be killed at a chosen system call.
const [root = '', name = ''] = process.argv.slice(2)
const store = storeAt(root)
const authentic = authenticIn(store, set(name), setContents(name, { 'rules/one.dat': name }))
await activate(await stage(authentic, store, { group: null, context: realContext() }), store, product)
await prune(store, { keep: 2 })
