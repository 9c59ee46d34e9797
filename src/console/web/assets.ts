import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PageFiles } from '../page/frame.ts'

/** A file that pages load, under a name that changes with its bytes. */
export interface Asset {
  readonly bytes: Buffer
  readonly type: string
}

/** What pages load, all of it from this package. */
export interface Assets {
  readonly byName: ReadonlyMap<string, Asset>
  readonly files: PageFiles
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

// From src/console/web, dist/console/web and dist/bundle alike: where the package begins.
const here = dirname(fileURLToPath(import.meta.url))
const requireHere = createRequire(import.meta.url)

/** Reads the files once. */
export async function readAssets(): Promise<Assets> {
  const own = await folderAbove(here)
  const chart = await chartFolder(own)
  const paths = {
    style: join(own, 'console.css'),
    script: join(own, 'console.js'),
    chart: join(chart, 'uPlot.iife.min.js'),
    chartStyle: join(chart, 'uPlot.min.css'),
  }
  const byName = new Map<string, Asset>()
  const files: Record<string, string> = {}
  for (const [key, path] of Object.entries(paths)) {
    const bytes = await readFile(path)
    const ending = extname(path)
    const name = `${key}-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}${ending}`
    byName.set(name, { bytes, type: types[ending] ?? 'application/octet-stream' })
    files[key] = `/static/${name}`
  }
  const { style = '', script = '', chart: chartFile = '', chartStyle = '' } = files
  return { byName, files: { style, script, chart: chartFile, chartStyle } }
}

/** Where the chart's files lie: beside our own where there are no packages, as in a program of its own. */
async function chartFolder(own: string): Promise<string> {
  const beside = await readFile(join(own, 'uPlot.min.css')).then(
    () => true,
    () => false,
  )
  return beside ? own : join(dirname(requireHere.resolve('uplot/package.json')), 'dist')
}

/** The folder `browser` of the package, whichever file of it runs. */
async function folderAbove(folder: string): Promise<string> {
  const found = join(folder, 'browser')
  const there = await readFile(join(found, 'console.css')).then(
    () => true,
    () => false,
  )
  const above = dirname(folder)
  if (there || above === folder) return found
  return folderAbove(above)
}
