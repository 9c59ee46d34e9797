import { cpSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeCorpus, writeNextDay } from './corpus.mjs'
import { once } from './measure.mjs'

export const days = ['20261120.001', '20261121.001']

/**
 * A publisher of our own with the definitions of two days in folders, the first of which is published.
 * @returns its tree, and how to bring it back to that first day
 */
export async function openWorks(root, tree, bytes, { program, writeConfig }) {
  const at = (...names) => join(root, ...names)
  mkdirSync(root)
  const names = writeCorpus(at('day1'), bytes, 7)
  writeNextDay(at('day1'), at('day2'), names, 8)
  const config = writeConfig('publisher', {
    store: at('store'),
    more: `publish: { root: '${tree}', keys: '${at('keys')}', incremental: 1 }\n`,
  })
  const defs = (...args) => [process.execPath, program, ...args, ...config]
  await once(defs('keys', 'init', '--unencrypted'))
  await once(defs('publish', days[0], '--from', at('day1')))
  const kept = { [tree]: at('first'), [`${tree}.state`]: at('first.state') }
  for (const [from, to] of Object.entries(kept)) cpSync(from, to, { recursive: true })
  return {
    tree,
    anchor: at('keys', 'trust', 'guard-root.pem'),
    folders: [at('day1'), at('day2')],
    names,
    config,
    publishNext: defs('publish', days[1], '--from', at('day2')),
    rewind() {
      for (const [to, from] of Object.entries(kept)) {
        rmSync(to, { recursive: true })
        cpSync(from, to, { recursive: true })
      }
    },
    /** The packages that the channel offers, by size: what leads from day to day is the smallest. */
    packages() {
      const folder = join(tree, 'production')
      const zips = readdirSync(folder).filter((name) => /^\d{8}-\d{3}-.*\.zip$/.test(name))
      return zips
        .map((name) => ({ name, bytes: statSync(join(folder, name)).size }))
        .sort((a, b) => a.bytes - b.bytes)
    },
  }
}
