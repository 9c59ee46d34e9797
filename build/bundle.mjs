import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeBundle, makeWorker, project, workers } from './make-bundle.mjs'
import { makeCaches } from './make-caches.mjs'

// Makes dist/bundle/ of the compiled code: few files instead of a thousand, each with what V8 compiled of it.
const folder = join(project, 'dist', 'bundle')
const aside = `${folder}-${process.pid}`

// Started seldom and running long, or looking for files beside themselves: these stay where they are installed.
const external = [/^@?fastify\b/, /^node-cron\b/, /^nodemailer\b/, /^tuf-js\b/, /^@tufjs\//]

try {
  await makeBundle(aside, external)
  await makeCaches(aside, join(project, 'fixtures'))
  for (const worker of workers) await makeWorker(worker, join(project, 'dist'))
  rmSync(folder, { recursive: true, force: true })
  renameSync(aside, folder)
} finally {
  rmSync(aside, { recursive: true, force: true })
}
