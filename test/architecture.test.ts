import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { doors, largeFiles, mayImport, packageDoors } from './architecture.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const src = join(root, 'src')

interface Import {
  readonly from: string
  readonly to: string
  readonly typeOnly: boolean
}

function filesBelow(folder: string, leave: readonly string[] = []): string[] {
  const names = readdirSync(folder).filter((name) => !leave.includes(name))
  return names.flatMap((name) => {
    const path = join(folder, name)
    return lstatSync(path).isDirectory() ? filesBelow(path, leave) : [path]
  })
}

const sources = filesBelow(src).filter((path) => path.endsWith('.ts'))
const textOf = new Map(sources.map((path) => [path, readFileSync(path, 'utf8')]))
const short = (path: string) => relative(src, path).replaceAll(sep, '/')

function importsOf(path: string): Import[] {
  const statements = (textOf.get(path) ?? '').matchAll(
    /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm,
  )
  return [...statements].map(([statement, type, fixed, lazy]) => ({
    from: path,
    to: fixed ?? lazy ?? '',
    typeOnly: type !== undefined || /^import\s*\{(\s*type\s[^,}]+,?)+\s*\}/.test(statement),
  }))
}

const imports = sources.flatMap(importsOf)
const relatives = imports
  .filter(({ to }) => to.startsWith('.'))
  .map((one) => ({ ...one, target: join(dirname(one.from), one.to) }))

/** The room of a file: its first folder below src/; 'ground' for the files that lie directly in src/. */
function roomOf(path: string): string {
  const [room, ...rest] = short(path).split('/')
  return rest.length === 0 || room === undefined ? 'ground' : room
}

const between = relatives.filter(({ from, target }) => roomOf(from) !== roomOf(target))
const tell = ({ from, to, typeOnly }: Import) => `${short(from)} imports ${typeOnly ? 'types of ' : ''}${to}`

/** `tar/header` is of `tar`. */
const packageOf = (specifier: string) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? ''

describe('the rooms of src/', () => {
  it('finds the code it judges', () => {
    expect(sources.length).toBeGreaterThan(300)
    expect(between.length).toBeGreaterThan(500)
  })

  it('are those of the table', () => {
    expect(new Set(sources.map(roomOf))).toEqual(new Set(Object.keys(mayImport)))
  })

  it('import what the table lets them import, and the table lets nothing in that nobody imports', () => {
    const wrong = between.filter(({ from, target, typeOnly }) => {
      const { values, types } = mayImport[roomOf(from)] ?? { values: [], types: [] }
      const room = roomOf(target)
      return !values.includes(room) && !(typeOnly && types.includes(room))
    })
    expect(wrong.map(tell)).toEqual([])
    const unused = Object.entries(mayImport).flatMap(([room, { values, types }]) => {
      const own = between.filter(({ from }) => roomOf(from) === room)
      const has = (target: string, type: boolean) =>
        own.some((one) => roomOf(one.target) === target && one.typeOnly === type)
      return [
        ...values.filter((target) => !has(target, false)).map((target) => `${room} -> ${target}`),
        ...types.filter((target) => !has(target, true)).map((target) => `${room} -> ${target} (types)`),
      ]
    })
    expect(unused).toEqual([])
  })

  it('are entered by their doors', () => {
    const wrong = between.filter(({ target }) => {
      const open = doors[roomOf(target)]
      return open !== undefined && !open.includes(short(target).split('/').slice(1).join('/'))
    })
    expect(wrong.map(tell)).toEqual([])
    for (const [room, open] of Object.entries(doors)) {
      const used = new Set(
        between.filter(({ target }) => roomOf(target) === room).map(({ target }) => short(target)),
      )
      expect(open.filter((door) => !used.has(`${room}/${door}`))).toEqual([])
    }
  })

  it('have no circle, types counted', () => {
    const after = new Map<string, string[]>()
    for (const { from, target } of relatives) after.set(from, [...(after.get(from) ?? []), target])
    const done = new Set<string>()
    const circles: string[] = []
    const walk = (path: string, way: readonly string[]) => {
      if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].map(short).join(' -> '))
      if (done.has(path) || way.includes(path)) return
      for (const next of after.get(path) ?? []) walk(next, [...way, path])
      done.add(path)
    }
    for (const path of sources) walk(path, [])
    expect(circles).toEqual([])
  })

  it('have one door per dependency', () => {
    const packages = imports.filter(({ to }) => !to.startsWith('.') && !to.startsWith('node:'))
    const wrong = packages.filter(({ from, to }) => !packageDoors[packageOf(to)]?.includes(roomOf(from)))
    expect(wrong.map(tell)).toEqual([])
    expect(new Set(packages.map(({ to }) => packageOf(to)))).toEqual(new Set(Object.keys(packageDoors)))
  })
})

describe('the size of things', () => {
  it('is at most eight files on the ground and 24 in a folder', () => {
    const folders = new Map<string, number>()
    for (const path of sources) folders.set(dirname(path), (folders.get(dirname(path)) ?? 0) + 1)
    expect(folders.get(src)).toBeLessThanOrEqual(8)
    expect([...folders].filter(([, files]) => files > 24).map(([path]) => short(path))).toEqual([])
  })

  it('is at most 60 import edges per 1,000 lines', () => {
    const lines = [...textOf.values()].reduce((sum, text) => sum + text.split('\n').length, 0)
    expect((relatives.length / lines) * 1000).toBeLessThanOrEqual(60)
  })

  it('is at most 300 lines a file, tables apart', () => {
    const large = sources
      .filter((path) => (textOf.get(path) ?? '').trimEnd().split('\n').length > 300)
      .map(short)
    expect(large.filter((path) => !largeFiles.includes(path))).toEqual([])
  })
})

describe('what only certain rooms do', () => {
  const using = (pattern: RegExp) => sources.filter((path) => pattern.test(textOf.get(path) ?? ''))

  it('prints nowhere but in cli/ and ends the process nowhere', () => {
    const printing = using(/\bconsole\.(?:log|error|warn|info|debug|table)\(|process\.std(?:out|err)/).filter(
      (path) => roomOf(path) !== 'cli',
    )
    expect([printing.map(short), using(/process\.exit\(/).map(short)]).toEqual([[], []])
  })

  it('bounds work by time in one way: joinSignals of context.ts, whose timers no garbage collection takes', () => {
    const other = using(/AbortSignal\.(any|timeout)\(/)
    expect(other.map(short)).toEqual([])
  })

  it('starts programs in one place, with an environment without passwords', () => {
    // `defs` that runs itself needs its own variables; systemd's program is told in passing and not waited for.
    expect(
      using(/from 'node:child_process'/)
        .map(short)
        .toSorted(),
    ).toEqual(['cli/child-run.ts', 'run-command.ts', 'schedule/service-manager.ts'])
    expect(
      using(/\b(?:spawn|execFile)\(/)
        .filter((path) => !using(/childEnvironment\(/).includes(path))
        .map(short),
    ).toEqual(['cli/child-run.ts'])
  })

  it('replaces and moves files by the disk room alone', () => {
    const other = using(/\b(?:rename|renameSync)\b[^'"\n]*\}\s*from 'node:fs|\brename(?:Sync)?\(/).filter(
      (path) => roomOf(path) !== 'disk',
    )
    expect(other.map(short)).toEqual(renaming)
    // The names of what is not finished are made and known in one place, or no run would clear them away.
    const asides = using(/\.tmp['`]/).filter((path) => roomOf(path) !== 'disk')
    expect(asides.map(short)).toEqual([])
  })

  it('reads cron expressions, web pages and names of files in one place each', () => {
    const month = using(/'jan', *'feb'/)
    const html = using(/doctype\\s/i)
    const devices = using(/\bcon\|prn\|aux/i)
    expect([month, html, devices].map((paths) => paths.map(short))).toEqual([
      ['config/cron.ts'],
      ['text/web-page.ts'],
      ['text/file-name.ts'],
    ])
    const named = using(
      /function (?:isPlainName|isSafeName|isWebPage|looksLikeHtml|isHtml|readCron|parseCron)\b/,
    )
    expect(named.map(short).toSorted()).toEqual([
      'config/cron.ts',
      'schedule/cron.ts',
      'text/file-name.ts',
      'text/web-page.ts',
    ])
  })

  it('names every field of the result of an update in one place', () => {
    expect(using(/\bfilesReused: 0\b/).map(short)).toEqual(['update/result.ts'])
  })

  it('proves signatures without disk and network', () => {
    const pure = sources.filter((path) =>
      /^(trust|rules)\/|^clamav\/(prove|signature|keys)/.test(short(path)),
    )
    const wrong = pure.flatMap(importsOf).filter(({ to }) => /^node:(fs|net|tls|http|https|dns)/.test(to))
    expect(pure.length).toBeGreaterThan(10)
    expect(wrong.map(tell).filter((text) => !impure.some((path) => text.startsWith(`${path} `)))).toEqual([])
  })

  it('has no two exported types of one name', () => {
    const seen = new Map<string, string[]>()
    for (const path of sources) {
      for (const [, name = ''] of (textOf.get(path) ?? '').matchAll(
        /^export (?:interface|type|class) (\w+)/gm,
      ))
        seen.set(name, [...(seen.get(name) ?? []), short(path)])
    }
    expect([...seen].filter(([, places]) => places.length > 1)).toEqual([])
  })
})

/** Puts the journal aside as a part with a number of its own, at once and in place. */
const renaming = ['event/rotate-journal.ts']

/** Counts rules in a file: it reads, and proves nothing. */
const impure = ['rules/count-rules.ts']

describe('what comments and lists point to', () => {
  const known = filesBelow(root, ['node_modules', '.git', 'dist', 'coverage']).map((path) =>
    relative(root, path).replaceAll(sep, '/'),
  )
  const isThere = (named: string) => known.some((path) => path === named || path.endsWith(`/${named}`))

  it('is in the repository', () => {
    const missing = [...textOf].flatMap(([path, text]) => {
      const comments = text
        .split('\n')
        .flatMap((line) => /^\s*(?:\/\/|\/?\*)(.*)|\s\/\/ (.*)/.exec(line)?.[0] ?? [])
      const named = comments.flatMap((line) => line.match(/(?<![\w./:<>-])[\w./-]+\.(?:ts|md|mjs)\b/g) ?? [])
      return named.filter((name) => !isThere(name)).map((name) => `${short(path)} names ${name}`)
    })
    expect(missing).toEqual([])
  })

  it('of the lists of faults stands in the code once, and has tests that are there', async () => {
    const lists = filesBelow(join(root, 'test', 'mutants'))
    const wrong: string[] = []
    for (const list of lists) {
      const { mutants }: { mutants: { file: string; find: string; tests: string[]; why: string }[] } =
        await import(pathToFileURL(list).href)
      for (const { file, find, tests, why } of mutants) {
        const text = known.includes(file) ? readFileSync(join(root, file), 'utf8') : ''
        if (text.split(find).length !== 2) wrong.push(`${file}: ${why}`)
        wrong.push(...tests.filter((test) => !known.includes(test)))
      }
    }
    expect(lists.length).toBeGreaterThan(5)
    expect(wrong).toEqual([])
  })
})

describe('docs/architecture.md', () => {
  it('draws the tree that is on disk, with a sentence for each folder of src/', () => {
    const page = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8')
    const block = /```\n(bin\/[^`]*)```/.exec(page)?.[1] ?? ''
    const above: string[] = []
    const drawn = [...block.matchAll(/^( *)([a-z][a-z-]*)\/ *(.*)$/gm)].map(
      ([, indent = '', name = '', text = '']) => {
        above.splice(indent.length / 2, above.length, name)
        return { path: above.join('/'), text }
      },
    )
    const folders = readdirSync(src, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `src/${relative(src, join(entry.parentPath, entry.name)).split(sep).join('/')}`)
    expect(drawn.map(({ path }) => path).toSorted()).toEqual(
      ['bin', 'browser', 'fixtures', 'src', 'test', ...folders].toSorted(),
    )
    expect(drawn.filter(({ path, text }) => path !== 'src' && text.length < 15)).toEqual([])
  })

  it('names functions that are there', () => {
    const page = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8')
    const walk = /## One update and one verify[^#]*/.exec(page)?.[0] ?? ''
    const named = [...walk.matchAll(/`([a-z]\w+)`/g)].map(([, name = '']) => name)
    const code = [...textOf.values()].join('\n')
    expect(named.length).toBeGreaterThan(40)
    expect(named.filter((name) => !new RegExp(`function ${name}\\b`).test(code))).toEqual([])
  })
})
