import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const src = join(root, 'src')

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesBelow(path) : [path]
  })
}

const sources = filesBelow(src).filter((path) => path.endsWith('.ts'))

function importsOf(path: string): Import[] {
  const text = readFileSync(path, 'utf8')
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm,
  )
  return [...statements].map(([statement, type, fixed, lazy]) => ({
    from: path,
    to: fixed ?? lazy ?? '',
    typeOnly: type !== undefined || /^import\s*\{(\s*type\s[^,}]+,?)+\s*\}/.test(statement),
  }))
}

const imports = sources.flatMap(importsOf)

/** The room of a file or of a relative import; 'ground' for the files that lie directly in src/. */
function roomOf(path: string): string {
  const [room, ...rest] = relative(src, path).split(sep)
  return rest.length === 0 || room === undefined ? 'ground' : room
}

const stages = ['source', 'fetch', 'archive', 'trust', 'hawking', 'gate', 'scanner']
const trades = ['update', 'watch', 'upkeep', 'advice', 'airgap', 'schedule', 'publish', 'report']
const ground = ['event', 'licence', 'vcdiff', 'thread', 'ground']

const inner = imports
  .filter(({ to }) => to.startsWith('.'))
  .map((one) => ({ ...one, room: roomOf(one.from), target: roomOf(join(dirname(one.from), one.to)) }))
  .filter(({ room, target }) => room !== target)

/** `tar/header` is of `tar`. */
const packageOf = (specifier: string) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? ''

const describeImport = ({ from, to }: Import) => `${relative(root, from)} imports ${to}`

describe('the rooms of src/', () => {
  it('finds the code it judges', () => {
    expect(sources.length).toBeGreaterThan(50)
    expect(inner.length).toBeGreaterThan(50)
    for (const { room, target } of inner) {
      expect([...stages, ...trades, ...ground, 'config', 'cli']).toContain(room)
      expect([...stages, ...trades, ...ground, 'config', 'cli']).toContain(target)
    }
  })

  it('lets nobody but bin/ import cli/', () => {
    expect(inner.filter(({ target }) => target === 'cli').map(describeImport)).toEqual([])
  })

  it('keeps the ground free of everything above it', () => {
    const upward = inner.filter(
      ({ room, target, typeOnly }) => ground.includes(room) && !ground.includes(target) && !typeOnly,
    )
    expect(upward.map(describeImport)).toEqual([])
  })

  it('lets stages import values from the ground only, types from neighbours and config', () => {
    const wrong = inner.filter(({ room, target, typeOnly }) => {
      if (!stages.includes(room) || ground.includes(target)) return false
      const near = Math.abs(stages.indexOf(room) - stages.indexOf(target)) <= 1
      const named = target === 'config' || (stages.includes(target) && near)
      return !(typeOnly && named) && !allowed.has(`${room}->${target}${typeOnly ? ' type' : ''}`)
    })
    expect(wrong.map(describeImport)).toEqual([])
  })

  it('lets trades be imported by trades and cli only', () => {
    const wrong = inner.filter(
      ({ room, target }) => trades.includes(target) && !trades.includes(room) && room !== 'cli',
    )
    expect(wrong.map(describeImport)).toEqual([])
  })

  it('lets update/ and watch/ import no trade above them', () => {
    const below: Record<string, readonly string[]> = {
      watch: [],
      update: ['watch'],
      upkeep: ['update', 'watch'],
    }
    const wrong = inner.filter(({ room, target }) => {
      const mayImport = below[room]
      return mayImport !== undefined && trades.includes(target) && !mayImport.includes(target)
    })
    expect(wrong.map(describeImport)).toEqual([])
  })

  it('has one door per dependency', () => {
    const doors: Record<string, readonly string[]> = {
      chalk: ['cli'],
      commander: ['cli'],
      undici: ['source'],
      'basic-ftp': ['source'],
      yauzl: ['archive'],
      tar: ['archive'],
      pkijs: ['trust', 'publish'],
      asn1js: ['trust', 'publish'],
      cosmiconfig: ['config'],
      yaml: ['config'],
      'node-cron': ['schedule'],
      nodemailer: ['event'],
      fastify: ['publish'],
      '@fastify/send': ['publish'],
      '@fastify/rate-limit': ['publish'],
      '@tufjs/models': ['publish', 'trust', 'source'],
      'tuf-js': ['trust', 'source'],
    }
    const packages = imports.filter(({ to }) => !to.startsWith('.') && !to.startsWith('node:'))
    const wrong = packages.filter(({ from, to }) => !doors[packageOf(to)]?.includes(roomOf(from)))
    expect(wrong.map(describeImport)).toEqual([])
    expect(new Set(packages.map(({ to }) => packageOf(to)))).toEqual(new Set(Object.keys(doors)))
  })

  it('prints nowhere but in cli/ and ends the process nowhere', () => {
    const printing = sources.filter(
      (path) =>
        roomOf(path) !== 'cli' && /\bconsole\.|process\.std(out|err)/.test(readFileSync(path, 'utf8')),
    )
    const ending = sources.filter((path) => /process\.exit\(/.test(readFileSync(path, 'utf8')))
    expect([printing, ending]).toEqual([[], []])
  })

  it('keeps each file to one idea', () => {
    const long = sources.filter((path) => readFileSync(path, 'utf8').split('\n').length > 251)
    expect(long.map((path) => relative(root, path))).toEqual([])
  })
})

// hawking/ records who proved a set and where it came from; what a run hands to the scanner is an active set.
const allowed = new Set(['scanner->hawking type', 'hawking->trust type'])

describe('docs/architecture.md', () => {
  it('draws the tree that is on disk', () => {
    const page = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8')
    const block = /```\n(bin\/[^`]*)```/.exec(page)?.[1] ?? ''
    const drawn = [...block.matchAll(/^ *([a-z][a-z-]*)\//gm)].map((match) => match[1])
    const folders = readdirSync(src).filter((name) => statSync(join(src, name)).isDirectory())
    const top = ['bin', 'src', 'fixtures', 'test']
    expect(new Set(drawn)).toEqual(new Set([...top, ...folders]))
  })
})
