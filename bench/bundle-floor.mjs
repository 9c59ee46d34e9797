import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const loader = join(import.meta.dirname, '..', 'bin', 'defs.js')

/**
 * Bundles `floor-list.mjs` with what it imports, and writes V8's code cache of a run beside it, as the build does it for ours.
 * @param folder what comes to hold it
 * @param argv a command line for the run that the cache is made of
 * @returns the script to run
 */
export async function bundleFloor(folder, argv) {
  const bundle = await rolldown({ input: join(import.meta.dirname, 'floor-list.mjs'), platform: 'node' })
  await bundle.write({ dir: folder, format: 'cjs', codeSplitting: false, entryFileNames: 'run.js' })
  await bundle.close()
  const { exports, scripts } = createRequire(import.meta.url)(loader).loadBundle(folder)
  exports.main(argv, () => undefined)
  for (const [file, script] of scripts) writeFileSync(`${file}.cache`, script.createCachedData())
  const start = join(folder, 'start.cjs')
  writeFileSync(
    start,
    `require(${JSON.stringify(loader)}).loadBundle(__dirname).exports.main(process.argv.slice(2))\n`,
  )
  return start
}
