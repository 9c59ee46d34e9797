import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { cp, mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const project = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const require = createRequire(import.meta.url)

let root: string
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'defs-bundle-'))
  await cp(join(project, 'bin'), join(root, 'bin'), { recursive: true })
  await mkdir(join(root, 'dist', 'bundle'), { recursive: true })
  await mkdir(join(root, 'dist', 'cli'), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const put = (path: string, text: string) => writeFileSync(join(root, 'dist', path), text)
const loader = () => require(join(root, 'bin', 'defs.js'))

describe('the bundle', () => {
  it('is not taken when the code was compiled after it, nor when there is none', () => {
    put('cli/run.js', '')
    expect(loader().hasBundle()).toBe(false)
    put('bundle/run.js', '')
    utimesSync(join(root, 'dist/cli/run.js'), 1000, 1000)
    expect(loader().hasBundle()).toBe(true)
    utimesSync(join(root, 'dist/bundle/run.js'), 999, 999)
    expect(loader().hasBundle()).toBe(false)
  })

  it('loads each of its files once, with Node behind them', () => {
    put(
      'bundle/run.js',
      "const a = require('./a.js'); exports.same = a === require('./a.js'); exports.id = a.id",
    )
    put(
      'bundle/a.js',
      "exports.id = require('node:crypto').createHash('sha256').update('').digest('hex').length",
    )
    expect(loader().loadBundle().exports).toEqual({ same: true, id: 64 })
  })

  it('shows all of a part of Node to whoever takes it as a whole', () => {
    // As what is bundled is made where one of its files imports a default and another a name.
    put(
      'bundle/run.js',
      `const whole = require('node:fs/promises')
const copy = {}
for (const key of Object.getOwnPropertyNames(whole))
  Object.defineProperty(copy, key, { get: () => whole[key], enumerable: Object.getOwnPropertyDescriptor(whole, key).enumerable })
exports.kinds = ['readdir', 'mkdir', 'nothing'].map((name) => typeof copy[name])`,
    )
    expect(loader().loadBundle().exports.kinds).toEqual(['function', 'function', 'undefined'])
  })

  it('has of undici what is imported of it', async () => {
    const builder: { undiciParts: Record<string, string> } = await import(
      join(project, 'build', 'make-bundle.mjs')
    )
    const { undiciParts } = builder
    const folder = join(project, 'src', 'transport')
    const imports = readdirSync(folder).flatMap((name) => [
      ...readFileSync(join(folder, name), 'utf8').matchAll(/^import \{(.*)\} from 'undici'$/gm),
    ])
    const names = imports.flatMap(([, list = '']) => list.split(',').map((one) => one.trim()))
    const values = names.filter((name) => !name.startsWith('type '))
    expect([...new Set(values)].sort()).toEqual(Object.keys(undiciParts).sort())
    const whole: Record<string, unknown> = require('undici')
    for (const [name, file] of Object.entries(undiciParts))
      expect(require(join(project, 'node_modules', 'undici', file))).toBe(whole[name])
  })

  it('runs from its code cache, and without one that V8 refuses', () => {
    put('bundle/run.js', 'exports.add = (a, b) => a + b')
    const { scripts } = loader().loadBundle()
    const file = join(root, 'dist', 'bundle', 'run.js')
    writeFileSync(`${file}.cache`, scripts.get(file).createCachedData())
    const cached = loader().loadBundle()
    expect([cached.exports.add(1, 2), cached.scripts.get(file).cachedDataRejected]).toEqual([3, false])
    // Another text, since V8 remembers in memory what it has compiled once.
    put('bundle/run.js', 'exports.add = (one, two) => one + two')
    writeFileSync(`${file}.cache`, 'of another version')
    const refused = loader().loadBundle()
    expect([refused.exports.add(1, 2), refused.scripts.get(file).cachedDataRejected]).toEqual([3, true])
  })

  it('runs from the caches of its command, and from those of all where it has none', () => {
    const file = join(root, 'dist', 'bundle', 'run.js')
    // Texts of one length, each new to V8, which remembers what it has compiled, and takes a cache for any text so long.
    const load = (letter: string, command: string) => {
      put('bundle/run.js', `exports.twice = (${letter}) => ${letter} + ${letter}`)
      const { exports, scripts } = loader().loadBundle(undefined, command)
      expect(exports.twice(2)).toBe(4)
      return scripts.get(file)
    }
    writeFileSync(`${file}.list.cache`, load('a', 'list').createCachedData())
    writeFileSync(`${file}.cat.cache`, load('b', 'cat').createCachedData())
    writeFileSync(`${file}.cache`, 'of all commands')
    const rejected = [load('c', 'list'), load('d', 'status'), load('e', 'cat')]
    expect(rejected.map(({ cachedDataRejected }) => cachedDataRejected)).toEqual([false, true, true])
  })

  it('takes files out of a pack, each run when it is asked for', () => {
    const run =
      "function (exports, require) { exports.later = () => require('./a.js'); exports.ran = globalThis.ran }"
    const a = 'function (exports) { globalThis.ran = true; exports.a = 1 }'
    put('bundle/run.js', `({ places: {"a.js":"more.js"}, parts: { "run.js": ${run} } })`)
    put(
      'bundle/more.js',
      `({ places: {}, parts: { "a.js": ${a}, "b.js": function () { throw new Error() } } })`,
    )
    const { exports, scripts } = loader().loadBundle()
    expect([exports.ran, scripts.size]).toEqual([undefined, 1])
    expect([exports.later(), exports.later(), scripts.size]).toEqual([{ a: 1 }, { a: 1 }, 2])
  })

  const folder = join(project, 'dist', 'bundle')
  it.skipIf(!existsSync(folder))('was built with a cache for what the usual commands need', () => {
    const cached = readdirSync(folder).filter((name) => name.endsWith('.js.cache'))
    expect(cached.length).toBeGreaterThan(10)
    for (const name of cached) expect(statSync(join(folder, name)).size).toBeGreaterThan(0)
    // Those of one command hold no more than it runs.
    const sizeOf = (name: string) => statSync(join(folder, name)).size
    for (const command of require(join(project, 'bin', 'defs.js')).cachedApart)
      expect(sizeOf(`run.js.${command}.cache`)).toBeLessThan(sizeOf('run.js.cache') * 0.9)
  })

  // What costs milliseconds to load, as Node.js itself names it.
  const costly = [
    'net',
    'tls',
    'http',
    'https',
    'crypto',
    'dns',
    'stream',
    'child_process',
    'fs/promises',
    'zlib',
  ]
  it.skipIf(!existsSync(folder)).each([
    ['--version', ['run.js'], 0],
    ['--help', ['run.js'], 0],
    ['list', ['run.js', 'command.js', 'yaml.js', 'look.js'], 0],
    ['status', ['run.js', 'command.js', 'yaml.js', 'status.js', 'look.js'], 13],
  ])('%s opens few files of it and none of the costly parts of Node.js', async (command, files, status) => {
    const anchor = join(project, 'fixtures', 'trust', 'root.pem')
    const config = `store: { root: '${join(root, 'store')}' }\ntrust: { anchors: ['${anchor}'] }\n`
    writeFileSync(
      join(root, 'defs.yaml'),
      `${config}sources: { one: { kind: liveupdate, hosts: ['http://127.0.0.1:1/'] } }\n`,
    )
    const script = `
      const before = new Set(process.moduleLoadList)
      const { exports, scripts } = require(${JSON.stringify(join(project, 'bin', 'defs.js'))}).loadBundle()
      exports.main(process.argv.slice(1)).then((code) => {
        const parts = process.moduleLoadList.filter((one) => !before.has(one)).map((one) => one.replace('NativeModule ', ''))
        console.error(JSON.stringify({ code, parts, files: [...scripts.keys()].map((file) => file.replace(/^.*[\\\\/]/, '')) }))
      })`
    const argv = [
      '-e',
      script,
      '--',
      command,
      ...(files.length > 1 ? ['--config', join(root, 'defs.yaml')] : []),
    ]
    const ran = spawnSync(process.execPath, argv, { encoding: 'utf8', cwd: root })
    const told = JSON.parse(ran.stderr.trim().split('\n').at(-1) ?? '')
    expect([told.code, told.files]).toEqual([status, files])
    expect(costly.filter((name) => told.parts.includes(name))).toEqual([])
  })
})
