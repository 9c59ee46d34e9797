import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { packTogether } from './pack.mjs'
import { withPlainExports } from './plain-exports.mjs'

export const project = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Threads are started from files of their own, which lie below `dist/` as the compiled code calls them. */
export const workers = ['archive/hash-worker', 'vcdiff/patch-worker']

// The version as it is now, instead of package.json read at every start.
const ownVersion = {
  name: 'own-version',
  load(id) {
    if (!id.endsWith(join('dist', 'disk', 'program-version.js'))) return null
    const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
    return `export const programVersion = () => ${JSON.stringify(version)}`
  },
}

// The shorter it is, the sooner it is loaded. Functions keep their names, for whoever reports an error shows them.
const minify = { compress: false, mangle: { toplevel: false }, codegen: true }

/** What `src/transport` takes of undici, and where it lies in it. @public its test reads it */
export const undiciParts = {
  Agent: './lib/dispatcher/agent.js',
  Pool: './lib/dispatcher/pool.js',
  buildConnector: './lib/core/connect.js',
  errors: './lib/core/errors.js',
}

// As its own index.js makes it, which loads fetch, caches, web sockets and mocks besides: a daemon would hold them for months.
const undiciInPart = {
  name: 'undici-in-part',
  load(id) {
    if (!id.endsWith(join('node_modules', 'undici', 'index.js'))) return null
    const parts = Object.entries(undiciParts).map(([name, file]) => `exports.${name} = require('${file}')`)
    return [
      ...parts,
      "Object.assign(require('./lib/dispatcher/dispatcher.js').prototype, require('./lib/api'))",
    ].join('\n')
  },
}

/**
 * Makes few files of the compiled code: the program with what it loads when it needs it.
 * @param folder what comes to hold them; it may be there
 * @param external what is not taken in, but looked for where packages are installed
 * @returns the files that were taken in, as paths
 */
export async function makeBundle(folder, external) {
  const input = { run: join(project, 'dist', 'cli', 'run.js') }
  const bundle = await rolldown({
    input,
    external,
    platform: 'node',
    cwd: project,
    plugins: [ownVersion, undiciInPart],
    // As modules, of which only what is used is taken in; by itself Node.js gets the same code as one piece.
    resolve: { alias: { yaml: join(project, 'node_modules', 'yaml', 'browser', 'dist', 'index.js') } },
  })
  const names = {
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    comments: { legal: true, annotation: false, jsdoc: false },
    minify,
  }
  // import() in a script that V8 took from its cache knows no loader (seen in Node 20.20): require() does.
  const { output } = await bundle.write({ dir: folder, format: 'cjs', dynamicImportInCjs: false, ...names })
  await bundle.close()
  const chunks = output.filter(({ type }) => type === 'chunk')
  for (const { fileName, code } of chunks) writeFileSync(join(folder, fileName), withPlainExports(code))
  packTogether(folder, chunks)
  for (const name of readdirSync(folder)) writeInAscii(join(folder, name))
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n')
  return output.flatMap((chunk) => Object.keys(chunk.modules ?? {}))
}

/** One letter beyond ASCII doubles a program in memory, and takes ten times as long to read as all the others. */
function writeInAscii(file) {
  const text = readFileSync(file, 'utf8')
  const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  writeFileSync(file, text.replace(/[^\0-\x7f]/g, escaped))
}

/**
 * Makes one script of a worker and all that it imports.
 * @param folder that the worker lies below as it is called
 */
export async function makeWorker(name, folder) {
  const file = join(folder, `${name}.cjs`)
  mkdirSync(dirname(file), { recursive: true })
  const bundle = await rolldown({
    input: join(project, 'dist', `${name}.js`),
    platform: 'node',
    cwd: project,
  })
  const aside = mkdtempSync(`${dirname(file)}-`)
  try {
    // Whatever it loads only when it needs it comes along: it must need no file beside itself.
    await bundle.write({
      dir: aside,
      format: 'cjs',
      codeSplitting: false,
      entryFileNames: basename(file),
      minify,
    })
    const files = readdirSync(aside)
    if (files.length !== 1) throw new Error(`${name} came out as ${files.join(', ')}`)
    chmodSync(join(aside, basename(file)), 0o644)
    renameSync(join(aside, basename(file)), file)
  } finally {
    await bundle.close()
    rmSync(aside, { recursive: true, force: true })
  }
}
