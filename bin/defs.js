#!/usr/bin/env node
// CommonJS, as the package.json beside says: it starts faster than a module.
'use strict'
const { existsSync } = require('node:fs')
const { join } = require('node:path')
const { hasBundle, loadBundle } = require('./load-bundle.js')

const compiled = join(__dirname, '..', 'dist', 'cli', 'run.js')
if (hasBundle()) run(Promise.resolve(loadBundle().exports))
// Whoever has compiled and not bundled runs what was compiled.
else if (existsSync(compiled)) run(import('../dist/cli/run.js'))
else {
  process.stderr.write(
    `defs: this copy is not built yet: run npm ci && npm run build in ${join(__dirname, '..')}\n`,
  )
  process.exitCode = 2
}

// Every file is made with the mode that its readers need: scanner, web server, monitors; secrets are for the owner alone.
// A stricter umask of the unit or the shell would lock the first out, a wider one would let strangers write.
process.umask(0o022)

function run(program) {
  program
    .then(({ main }) => main(process.argv.slice(2)))
    .then((code) => {
      process.exitCode = code
    })
}
