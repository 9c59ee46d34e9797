'use strict'
const { readFileSync, statSync } = require('node:fs')
const { dirname, join } = require('node:path')
const { Script } = require('node:vm')

const dist = join(__dirname, '..', 'dist')
const bundle = join(dist, 'bundle')

// Parts of Node that take milliseconds to load and that most commands only mention.
const seldomUsed = new Set(['child_process', 'crypto', 'fs/promises', 'net'])

/** Whether there is a bundle, and one that was made from the code as it is compiled now. */
function hasBundle() {
  const options = { throwIfNoEntry: false }
  const made = statSync(join(bundle, 'run.js'), options)
  const compiled = statSync(join(dist, 'cli', 'run.js'), options)
  return made !== undefined && made.mtimeMs >= (compiled?.mtimeMs ?? 0)
}

/**
 * Loads the bundle. Beside each of its files lies what V8 made of it when it was built, which spares parsing and
 * compiling; V8 itself refuses what another version of it has made, and then compiles.
 * @returns what the bundle exports, and its scripts by file, which become more as more is loaded
 */
function loadBundle(folder = bundle) {
  const modules = new Map()
  const scripts = new Map()

  function load(file) {
    const known = modules.get(file)
    if (known) return known.exports
    const module = { exports: {} }
    modules.set(file, module)
    const code = readFileSync(file, 'utf8')
    const script = new Script(`(function (exports, require, module, __filename, __dirname) {${code}\n})`, {
      filename: file,
      cachedData: readCache(`${file}.cache`),
    })
    scripts.set(file, script)
    const find = (name) => (name.startsWith('./') ? load(join(folder, name)) : findOutside(name))
    script.runInThisContext()(module.exports, find, module, file, dirname(file))
    return module.exports
  }

  return { exports: load(join(folder, 'run.js')), scripts }
}

/** A part of Node or an installed package; what is seldom used is loaded when something of it is looked up. */
function findOutside(name) {
  const seldom = seldomUsed.has(name.replace('node:', ''))
  // Packages ask everything whether it is a module; nothing of Node is one in that sense.
  const find = (_, key) => (key === '__esModule' ? undefined : require(name)[key])
  if (!seldom) return require(name)
  // Whoever copies it, as a file does that imports it as a whole, sees all that it has.
  const ownKeys = () => Reflect.ownKeys(require(name))
  const getOwnPropertyDescriptor = (_, key) => {
    const found = Reflect.getOwnPropertyDescriptor(require(name), key)
    return found && { ...found, configurable: true }
  }
  return new Proxy({}, { get: find, ownKeys, getOwnPropertyDescriptor })
}

function readCache(file) {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}

module.exports = { hasBundle, loadBundle }
