#!/usr/bin/env node
// CommonJS, as the package.json beside says: it starts faster than a module.
'use strict'
const { hasBundle, loadBundle } = require('./load-bundle.js')

// Whoever has compiled and not bundled runs what was compiled.
const program = hasBundle() ? Promise.resolve(loadBundle().exports) : import('../dist/cli/run.js')
program
  .then(({ main }) => main(process.argv.slice(2)))
  .then((code) => {
    process.exitCode = code
  })
