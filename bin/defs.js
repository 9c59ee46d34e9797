#!/usr/bin/env node
// CommonJS, as the package.json beside says: it starts faster than a module. One file, as to find another takes Node.js
// longer than to run it.
'use strict'
const { closeSync, existsSync, fstatSync, openSync, readSync, statSync } = require('node:fs')
const { join, sep } = require('node:path')
const { Script } = require('node:vm')

const dist = join(__dirname, '..', 'dist')
const bundle = join(dist, 'bundle')

// The largest files of a usual run. Bytes.
const usualRoom = 1 << 20

// What monitors and schedules start again and again. Each has caches of what it runs alone: a start unpacks the whole of one.
const cachedApart = ['check', 'list', 'status', 'update', 'verify']

// Parts of Node that take milliseconds to load and that most commands only mention.
const seldomUsed = new Set([
  'child_process',
  'crypto',
  'dgram',
  'dns/promises',
  'fs/promises',
  'http',
  'https',
  'net',
  'os',
  'timers/promises',
  'tls',
])

/** Whether there is a bundle, and one that was made from the code as it is compiled now. */
function hasBundle() {
  const options = { throwIfNoEntry: false }
  const made = statSync(join(bundle, 'run.js'), options)
  const compiled = statSync(join(dist, 'cli', 'run.js'), options)
  return made !== undefined && made.mtimeMs >= (compiled?.mtimeMs ?? 0)
}

/**
 * Loads the bundle. Beside each of its files lies what V8 made of it when it was built, which spares parsing and
 * compiling; V8 itself refuses what another version of it has made, and then compiles. A file may be a pack of several
 * (build/pack.mjs): `{ places, parts }`, functions by the name of the file that each stands for.
 * @param command that is going to run
 * @returns what the bundle exports, and its scripts by file, which become more as more is loaded
 */
function loadBundle(folder = bundle, command = process.argv[2]) {
  const modules = new Map()
  const scripts = new Map()
  const parts = new Map()
  const places = new Map()
  const at = (name) => `${folder}${sep}${name}`
  const own = cachedApart.includes(command) ? [`.${command}.cache`] : []

  function take(name) {
    const file = at(name)
    // Its text is ASCII (build/make-bundle.mjs).
    const code = readWhole(file).latin1Slice()
    const packed = code.startsWith('({ places: ')
    const whole = packed ? code : `(function (exports, require, module, __filename, __dirname) {${code}\n})`
    const script = new Script(whole, { filename: file, cachedData: readCache(file, [...own, '.cache']) })
    scripts.set(file, script)
    const taken = script.runInThisContext()
    if (!packed) return parts.set(name, taken)
    for (const [other, place] of Object.entries(taken.places)) places.set(other, place)
    for (const [other, part] of Object.entries(taken.parts)) parts.set(other, part)
  }

  function load(name) {
    const known = modules.get(name)
    if (known) return known.exports
    if (!parts.has(name)) take(places.get(name) ?? name)
    const module = { exports: {} }
    modules.set(name, module)
    const find = (other) => (other.startsWith('./') ? load(other.slice(2)) : findOutside(other))
    parts.get(name)(module.exports, find, module, at(name), folder)
    return module.exports
  }

  return { exports: load('run.js'), scripts }
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

function readCache(file, ends) {
  for (const end of ends) {
    try {
      return readWhole(`${file}${end}`)
    } catch {}
  }
}

// Held weakly: a daemon that has loaded all does not keep it.
let lastRoom = null

/**
 * The bytes of a file, until the next one is read: all are read into the same memory, since to be given new memory takes
 * longer than to fill it.
 */
function readWhole(file) {
  const fd = openSync(file)
  try {
    const { size } = fstatSync(fd)
    let room = lastRoom?.deref()
    if (room === undefined || room.length < size) {
      room = Buffer.allocUnsafeSlow(Math.max(size, usualRoom))
      lastRoom = new WeakRef(room)
    }
    let done = 0
    for (let count = -1; done < size && count !== 0; done += count)
      count = readSync(fd, room, done, size - done)
    return room.subarray(0, done)
  } finally {
    closeSync(fd)
  }
}

function start() {
  const compiled = join(dist, 'cli', 'run.js')
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
}

function run(program) {
  program
    .then(({ main }) => main(process.argv.slice(2)))
    .then((code) => {
      process.exitCode = code
    })
}

// The build loads the bundle itself, to write the caches.
module.exports = { cachedApart, hasBundle, loadBundle }
if (require.main === module) start()
