import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { warmUp } from './warm-up.mjs'

// Makes dist/bundle/ of the compiled code: few files instead of a thousand, each with what V8 compiled of it.
const project = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = join(project, 'dist', 'bundle')
const aside = `${folder}-${process.pid}`

// Started seldom and running long, or looking for files beside themselves: these stay where they are installed.
const external = [/^@?fastify\b/, /^node-cron\b/, /^nodemailer\b/, /^tuf-js\b/, /^@tufjs\//]

try {
  const input = { run: join(project, 'dist', 'cli', 'run.js') }
  const bundle = await rolldown({ input, external, platform: 'node' })
  const names = { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' }
  // import() in a script that V8 took from its cache knows no loader (seen in Node 20.20): require() does.
  await bundle.write({ dir: aside, format: 'cjs', dynamicImportInCjs: false, ...names })
  await bundle.close()
  writeFileSync(join(aside, 'package.json'), '{ "type": "commonjs" }\n')

  const { loadBundle } = createRequire(import.meta.url)('../bin/load-bundle.js')
  const { exports, scripts } = loadBundle(aside)
  await warmUp(exports.main, join(project, 'fixtures'))
  for (const [file, script] of scripts) writeFileSync(`${file}.cache`, script.createCachedData())
  rmSync(folder, { recursive: true, force: true })
  renameSync(aside, folder)
} finally {
  rmSync(aside, { recursive: true, force: true })
}
