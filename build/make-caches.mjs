import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { warmUp } from './warm-up.mjs'

/**
 * Writes beside each file of a bundle what V8 makes of it, which spares a start parsing and compiling.
 * @param fixtures what a vendor publishes, for the commands that are run meanwhile
 * @throws when a command fails, as where there is no loopback; the caches are written all the same, and hold less
 */
export async function makeCaches(folder, fixtures) {
  const { loadBundle } = createRequire(import.meta.url)('../bin/defs.js')
  const { exports, scripts } = loadBundle(folder)
  try {
    await warmUp(exports.main, fixtures)
  } finally {
    // As it is from the start: what is made under another flag is refused (src/cli/command/report.ts sets it).
    setFlagsFromString('--semi-space-growth-factor=2')
    for (const [file, script] of scripts) writeFileSync(`${file}.cache`, script.createCachedData())
  }
}

// Where a package is installed: the folder of the bundle, and the fixtures.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await makeCaches(process.argv[2], process.argv[3])
}
