import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeCorpus, writeNextDay } from './corpus.mjs'
import { once } from './measure.mjs'

export const days = ['20261120.001', '20261121.001', '20261122.001']

/**
 * A publisher of our own with the definitions of three days in folders, the first of which is published.
 * @param options `files`: how many of the same size the set has; null for shares as definition sets have them
 * @returns its tree, and how to bring it back to an earlier day
 */
export async function openWorks(root, tree, bytes, { program, writeConfig, files }) {
  const at = (...names) => join(root, ...names)
  mkdirSync(root)
  const names = writeCorpus(at('day1'), bytes, 7, files)
  writeNextDay(at('day1'), at('day2'), names, 8)
  const configFor = (bases) =>
    writeConfig(`publisher-${bases}`, {
      store: at('store'),
      more: `publish: { root: '${tree}', keys: '${at('keys')}', incremental: ${bases} }\n`,
    })
  const config = configFor(1)
  const defs = (...args) => [process.execPath, program, ...args, ...config]
  const publish = (day) => defs('publish', days[day - 1], '--from', at(`day${day}`))
  const state = `${tree}.state`
  const keep = (day) => {
    cpSync(tree, at(`kept${day}`), { recursive: true })
    cpSync(state, at(`kept${day}.state`), { recursive: true })
  }
  await once(defs('keys', 'init', '--unencrypted'))
  await once(publish(1))
  keep(1)
  return {
    tree,
    anchor: at('keys', 'trust', 'guard-root.pem'),
    tufRoot: at('keys', 'trust', 'root.json'),
    folders: [at('day1'), at('day2')],
    names,
    config,
    publishNext: publish(2),
    publishElsewhere: [...publish(2), '--channel', 'pilot', '--new'],
    /** The third day, with patches from so many days before it. */
    publishThird: (bases) => {
      const [program, script, ...args] = publish(3).slice(0, -config.length)
      return [program, script, ...args, ...configFor(bases)]
    },
    /** The state in which so many days are published. */
    rewind(day = 1) {
      for (const [to, from] of [
        [tree, at(`kept${day}`)],
        [state, at(`kept${day}.state`)],
      ]) {
        rmSync(to, { recursive: true })
        cpSync(from, to, { recursive: true })
      }
    },
    /** Makes the third day, and the state before it is published. */
    async prepareThird() {
      if (existsSync(at('day3'))) return
      writeNextDay(at('day2'), at('day3'), names, 9)
      this.rewind(1)
      await once(publish(2))
      keep(2)
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
