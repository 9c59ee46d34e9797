import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runLines, usualLines, withVendor } from './warm-up.mjs'

const { cachedApart, loadBundle } = createRequire(import.meta.url)('../bin/defs.js')

/**
 * Writes beside each file of a bundle what V8 makes of it, which spares a start parsing and compiling.
 * @param fixtures what a vendor publishes, for the commands that are run meanwhile
 * @throws when a command fails, as where there is no loopback; the caches are written all the same, and hold less
 */
export async function makeCaches(folder, fixtures) {
  const { exports, scripts } = loadBundle(folder)
  try {
    await withVendor(fixtures, async (root) => {
      await runLines(exports.main, usualLines, root)
      // Now, while there is no cache: whoever loads from one has compiled what it holds.
      for (const command of cachedApart) await makeApart(folder, command, root)
    })
  } finally {
    write(scripts, '.cache')
  }
}

/** The caches of one command, by a process that runs nothing else. */
async function makeApart(folder, command, root) {
  const program = spawn(process.execPath, [fileURLToPath(import.meta.url), folder, command, root], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = await once(program, 'close')
  if (code !== 0) throw new Error(`the caches of defs ${command} could not be made`)
}

async function makeOwn(folder, command, root) {
  const { exports, scripts } = loadBundle(folder)
  const lines = usualLines.filter(([name]) => name === command)
  // The first update takes a set, the next one finds nothing newer.
  if (command === 'update') rmSync(join(root, 'store'), { recursive: true })
  await runLines(exports.main, lines, root)
  write(scripts, `.${command}.cache`)
}

function write(scripts, end) {
  // As it is from the start: what is made under another flag is refused (src/cli/command/report.ts sets it).
  setFlagsFromString('--semi-space-growth-factor=2')
  for (const [file, script] of scripts) writeFileSync(`${file}${end}`, script.createCachedData())
}

// Where a package is installed: the folder of the bundle, and the fixtures. For one command: the folder, the command, and
// where it is run.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder, what, root] = process.argv.slice(2)
  await (root === undefined ? makeCaches(folder, what) : makeOwn(folder, what, root))
}
