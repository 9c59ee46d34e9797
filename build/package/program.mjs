import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeBundle, makeWorker, project, workers } from '../make-bundle.mjs'
import { copy, copyFolder, filesBelow, put } from './tree.mjs'

// What the console's pages load, and so no part of any bundle.
const uplot = join(project, 'node_modules', 'uplot')

/**
 * Lays out a program that needs nothing but the C library: Node, and all code in a few files.
 * @param folder what comes to hold it
 * @returns the folders of the packages whose code was taken in
 */
export async function layProgram(folder, version) {
  assertStandsAlone(process.execPath)
  copy(process.execPath, join(folder, 'node'), 0o755)
  const taken = await makeBundle(join(folder, 'dist', 'bundle'), [])
  for (const worker of workers) await makeWorker(worker, join(folder, 'dist'))
  // What was bundled has the modes of whoever's umask it was.
  for (const path of filesBelow(join(folder, 'dist'))) chmodSync(path, 0o644)
  for (const name of ['defs.js', 'package.json']) {
    copy(join(project, 'bin', name), join(folder, 'bin', name), name === 'defs.js' ? 0o755 : 0o644)
  }
  put(join(folder, 'package.json'), `${JSON.stringify({ name: 'defs', version, type: 'module' })}\n`)
  // The caches of V8 differ with every run and so are made where the program is installed.
  for (const name of ['make-caches.mjs', 'warm-up.mjs']) {
    copy(join(project, 'build', name), join(folder, 'build', name))
  }
  copyFolder(join(project, 'browser'), join(folder, 'browser'))
  for (const name of ['uPlot.iife.min.js', 'uPlot.min.css']) {
    copy(join(uplot, 'dist', name), join(folder, 'browser', name))
  }
  copyFolder(join(project, 'fixtures', 'liveupdate'), join(folder, 'fixtures', 'liveupdate'))
  copy(join(project, 'fixtures', 'trust', 'root.pem'), join(folder, 'fixtures', 'trust', 'root.pem'))
  return [...new Set([...taken.map(packageFolder), uplot].filter((path) => path !== null))].sort()
}

/** The text of Node's licence, which goes where Node goes. @throws when it lies nowhere near this Node */
export function nodeLicence() {
  const prefix = join(dirname(process.execPath), '..')
  const places = [
    join(prefix, 'LICENSE'),
    ...['nodejs', 'node'].map((name) => join(prefix, 'share', 'doc', name, 'LICENSE')),
  ]
  const place = places.find((path) => existsSync(path))
  if (place === undefined)
    throw new Error(`the licence of Node is in none of ${places.join(', ')}: put it there`)
  return readFileSync(place, 'utf8')
}

/** A Node of a distribution is often a small program beside many libraries, and would not run elsewhere. */
function assertStandsAlone(program) {
  const known = /^(ld-linux[^/]*|lib(c|m|dl|pthread|rt|atomic|stdc\+\+|gcc_s))\.so\.\d+$/
  const listed = execFileSync('ldd', [program], { encoding: 'utf8', env: { ...process.env, LD_PRELOAD: '' } })
  const foreign = listed
    .split('\n')
    .map((line) => line.trim().split(/\s/)[0].split('/').at(-1))
    .filter((name) => name !== '' && !name.startsWith('linux-vdso') && !known.test(name))
  if (foreign.length > 0) {
    throw new Error(`${program} needs ${foreign.join(', ')}: package with a Node as nodejs.org releases it`)
  }
}

function packageFolder(path) {
  return /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? null
}
