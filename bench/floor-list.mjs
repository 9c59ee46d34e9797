import { readdirSync, readFileSync, writeSync } from 'node:fs'
import { Command } from 'commander'
import { parse } from 'yaml'

/**
 * The floor of `defs list`: the least that a table of a store takes with a grammar by commander and a configuration in YAML,
 * without checks of what is read, other commands or other options. It is bundled and has V8's code cache, as ours
 * (`bundle-floor.mjs`).
 */
export function main(argv, print = (text) => writeSync(1, text)) {
  const program = new Command('floor').option('--config <file>', 'configuration file')
  program.command('list').action(() => print(list(program.opts().config)))
  program.parse(argv, { from: 'user' })
}

function list(file) {
  const { root } = parse(readFileSync(file, 'utf8')).store
  const folders = readdirSync(`${root}/VirusDefs`, { withFileTypes: true })
  const names = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const rows = names
    .sort()
    .reverse()
    .map((name) => rowOf(JSON.parse(readFileSync(`${root}/state/provenance/${name}.json`, 'utf8'))))
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column].length)))
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join('  '))
  return `${lines.join('\n')}\n`
}

function rowOf({ set, bytes, grade, sequence, source }) {
  return [set, `${Math.round(bytes / 1048576)} MiB`, `${grade}, sequence ${sequence.number}`, source]
}
