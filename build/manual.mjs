import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const project = join(dirname(fileURLToPath(import.meta.url)), '..')

/** The pages of the manual, as package.json names them. */
export const pages = ['defs.1', 'defs.yaml.5']

/** What a command of the program that was built prints. @throws when it fails */
export async function print(...line) {
  const { main } = await import('../dist/cli/run.js')
  const printed = []
  const errors = []
  const code = await main(line, {
    stdout: { write: (text) => printed.push(text) },
    stderr: { write: (text) => errors.push(text) },
    env: {},
    cwd: project,
    home: project,
  })
  if (code !== 0) throw new Error(`defs ${line.join(' ')} ended with ${code}:\n${errors.join('')}`)
  return printed.join('')
}

// Writes them: man/, or the folder named; and the schema of the configuration.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = process.argv[2] ?? join(project, 'man')
  mkdirSync(folder, { recursive: true })
  for (const page of pages) writeFileSync(join(folder, page), await print('manual', page))
  const schema = join(project, 'schema')
  mkdirSync(schema, { recursive: true })
  writeFileSync(join(schema, 'defs.schema.json'), await print('config', 'schema'))
}
