import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Run by npm where a clone is installed (`npm install -g .`, or from the address of a repository): builds what is not
// built yet. `npm ci` and `npm install` of whoever works on it build nothing; `npm run build` does.
const project = join(dirname(fileURLToPath(import.meta.url)), '..')
const working =
  ['ci', 'install'].includes(process.env['npm_command']) && process.env['npm_config_global'] !== 'true'
const fetched = process.env['npm_config_local_prefix'] !== project && process.env['INIT_CWD'] !== project

if (!existsSync(join(project, 'dist', 'bundle', 'run.js')) && (!working || fetched)) {
  // For a link npm installs only what is needed to run.
  if (!existsSync(join(project, 'node_modules', 'typescript')))
    npm('ci', '--ignore-scripts', '--global=false')
  npm('run', 'build')
  npm('run', 'manual')
}

function npm(...line) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_config_(global|prefix)$/i.test(name)),
  )
  const { status } = spawnSync('npm', line, {
    cwd: project,
    stdio: 'inherit',
    env,
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
}
