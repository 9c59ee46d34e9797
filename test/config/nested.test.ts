import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { type Nested, nest } from '../../src/config/nested.ts'
import { type MainSettings, options } from '../../src/config/options/main.ts'
import type { Option, OptionRows, Settings } from '../../src/config/options/option.ts'
import { loadConfig } from '../../src/config/resolve.ts'
import { readSettings } from '../../src/config/settings.ts'

describe('values by key path', () => {
  it('become the tables of the file', () => {
    const flat = {
      'store.keep': 3,
      'gate.growth.from': 1,
      'gate.growth.rapid': 2,
      'gate.eicar': true,
      maxAge: 9,
    }
    expect(nest(flat)).toEqual({
      store: { keep: 3 },
      gate: { growth: { from: 1, rapid: 2 }, eicar: true },
      maxAge: 9,
    })
    expectTypeOf(nest(flat).gate.growth.from).toEqualTypeOf<number>()
  })

  it('with a row more have a key more, and nothing else has to know of it', () => {
    const rows = {
      ...options,
      'store.example': { type: 'integer', default: 3, description: 'An example.' },
      'example.words.allowed': {
        type: 'choices',
        default: null,
        values: ['a', 'b'],
        description: 'Another.',
      },
    } as const satisfies OptionRows
    const given = (value: unknown) => ({
      value,
      text: null,
      texts: [],
      folder: '/',
      textual: false,
      origin: 'test',
    })
    const settings = readSettings({
      rows,
      find: (path) => (path === 'example.words.allowed' ? given(['b']) : null),
      report: (path, message) => expect.fail(`${path} ${message}`),
      note: () => undefined,
    })
    const tables: Nested<Settings<typeof rows>> = nest(settings)
    expectTypeOf(tables.store.example).toEqualTypeOf<number>()
    expectTypeOf(tables.example.words.allowed).toEqualTypeOf<readonly ('a' | 'b')[] | null>()
    expect([tables.store.example, tables.example.words.allowed]).toEqual([3, ['b']])
  })
})

describe('the configuration', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'defs-nested-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const load = async (text: string) => {
    const file = join(folder, 'defs.yaml')
    writeFileSync(file, text, { mode: 0o600 })
    const { config } = await loadConfig({
      file,
      env: {},
      secrets: false,
      cwd: folder,
      home: folder,
      uid: null,
      system: folder,
    })
    return config
  }

  const at = (table: unknown, path: string) =>
    path.split('.').reduce<unknown>((inner, key) => (Object(inner) as Record<string, unknown>)[key], table)

  /** More than a value: read by kind, put together, or told apart from its login. */
  const otherwise =
    /^(fleet\..*|console\.(listen|users)|events\.sinks|network\.proxy|scanner\.(path|socket|canary|restart|conf|argv|timeout))$/

  it('has every key of the option table where the file has it', async () => {
    const config = await load('console: { users: /u }\n')
    const rows = Object.entries<Option>(options).filter(([path]) => !otherwise.test(path))
    expect(rows.length).toBeGreaterThan(80)
    expect(Object.fromEntries(rows.map(([path]) => [path, at(config, path)]))).toEqual(
      Object.fromEntries(rows.map(([path, row]) => [path, path === 'console.users' ? '/u' : row.default])),
    )
  })

  it('has those keys of the scanner that have a meaning with its kind', async () => {
    const { scanner } = await load('scanner: { kind: clamd, socket: /s, canary: /c, grace: 1m }\n')
    expect(scanner).toEqual({
      kind: 'clamd',
      socket: '/s',
      canary: '/c',
      restart: [],
      conf: null,
      timeout: 180_000,
      confirm: 0,
      grace: 60_000,
      watch: [],
      detections: { log: null, most: options['scanner.detections.most'].default },
    })
    const direct = await load('scanner: { kind: direct }\n')
    expect(Object.keys(direct.scanner).toSorted()).toEqual([
      'confirm',
      'detections',
      'grace',
      'kind',
      'watch',
    ])
  })

  it('has the types of the rows', () => {
    expectTypeOf<Config['trust']>().toEqualTypeOf<Nested<MainSettings>['trust']>()
    expectTypeOf<Config['trust']['expired']>().toEqualTypeOf<'accept' | 'refuse'>()
    expectTypeOf<Config['publish']['soak']>().toEqualTypeOf<number | null>()
    expectTypeOf<Config['gate']['growth']['from']>().toEqualTypeOf<number>()
  })
})
