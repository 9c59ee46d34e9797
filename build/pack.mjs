import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What is loaded together lies in one file: a start then opens three files instead of sixty. Each part stays a function
 * of its own, run when it is asked for. A part goes into the first pack that wants it.
 */
const packs = [
  // With what some of the others share.
  { file: 'run.js', of: ['cli/run.js', 'digest.js', 'context.js', 'thread/lanes.js', 'disk/free-space.js'] },
  { file: 'yaml.js', of: ['parse/parser.js'] },
  // Every command but --help and --version.
  {
    file: 'command.js',
    of: ['cli/console.js', 'cli/session.js', 'cli/family/every-family.js', 'config/resolve.js'],
  },
  // What a second thread is started by, before all else.
  { file: 'ahead.js', of: ['update/recover/ahead.js'] },
  { file: 'look.js', of: ['cli/command/sets.js', 'cli/read-store.js'] },
  { file: 'status.js', of: ['cli/command/status.js'] },
  { file: 'verify.js', of: ['cli/command/verify.js', 'update/recover/verify.js'] },
  { file: 'check.js', of: ['cli/command/check.js', 'update/check-unchanged.js'] },
  // Whatever changes what is live.
  { file: 'change.js', of: ['cli/journal-listener.js', 'report/status-file.js', 'upkeep/rollback.js'] },
  { file: 'ask.js', of: ['update/ask.js'] },
  { file: 'update.js', of: ['cli/command/update.js', 'update/update.js'] },
]

/**
 * Joins the files of a bundle that the usual commands load. `bin/defs.js` reads what comes out.
 * @param chunks what rolldown made: `{ fileName, imports, moduleIds }`
 * @throws when a module that is named here is in no chunk
 */
export function packTogether(folder, chunks) {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
  const places = {}
  const texts = packs.map(({ file, of }) => {
    const names = [...new Set(of.flatMap((module) => withImports(holderOf(module, chunks), byName)))]
    const own = names.filter((name) => places[name] === undefined)
    for (const name of own) places[name] = file
    return { file, parts: own.map((name) => [name, readFileSync(join(folder, name), 'utf8')]) }
  })
  for (const name of Object.keys(places)) rmSync(join(folder, name))
  for (const { file, parts } of texts) {
    const functions = parts.map(([name, text]) => `${JSON.stringify(name)}: function (${names}) {${text}\n}`)
    const elsewhere = file === packs[0].file ? places : {}
    const text = `({ places: ${JSON.stringify(elsewhere)}, parts: {\n${functions.join(',\n')}\n} })\n`
    writeFileSync(join(folder, file), text)
  }
}

const names = 'exports, require, module, __filename, __dirname'

function holderOf(module, chunks) {
  const holder = chunks.find(({ moduleIds }) => moduleIds.some((id) => id.endsWith(`/dist/${module}`)))
  if (!holder) throw new Error(`${module} is in no file of the bundle`)
  return holder.fileName
}

/** A file and all that it loads at once. */
function withImports(name, byName, seen = new Set()) {
  if (seen.has(name) || !byName.has(name)) return []
  seen.add(name)
  return [name, ...byName.get(name).imports.flatMap((other) => withImports(other, byName, seen))]
}
