import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main } from '../dist/cli/run.js'

// Writes the pages of the manual that package.json names, from the program that was built: man/, or the folder named.
const project = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = process.argv[2] ?? join(project, 'man')

mkdirSync(folder, { recursive: true })
for (const page of ['defs.1', 'defs.yaml.5']) {
  const printed = []
  const errors = []
  const code = await main(['manual', page], {
    stdout: { write: (text) => printed.push(text) },
    stderr: { write: (text) => errors.push(text) },
    env: {},
    cwd: project,
    home: project,
  })
  if (code !== 0) throw new Error(`defs manual ${page} ended with ${code}:\n${errors.join('')}`)
  writeFileSync(join(folder, page), printed.join(''))
}
