import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bench, openBench } from './world.ts'

let bench: Bench
beforeEach(() => {
  bench = openBench()
})
afterEach(() => bench.remove())

describe('a command line that cannot be read', () => {
  it('ends with 2, and says why on stderr only', async () => {
    const { code, stdout, stderr } = await bench.run('update --bogus')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('--bogus')
  })

  it('says so in JSON when --json is among the arguments', async () => {
    const { json } = await bench.run('config show --bogus --json')
    expect(json).toMatchObject({
      schema: 1,
      command: 'config show',
      ok: false,
      exitCode: 2,
      error: { code: 'USAGE_ARGUMENT', message: expect.any(String) },
    })
    expect((await bench.run('--json')).json).toMatchObject({ command: null, exitCode: 2 })
    expect((await bench.run('frobnicate --json')).json).toMatchObject({ error: { code: 'USAGE_ARGUMENT' } })
  })

  it('names the command that help was asked for and that there is not', async () => {
    const { json } = await bench.run('help frobnicate --json')
    expect(json).toMatchObject({
      exitCode: 2,
      error: { message: "unknown command 'frobnicate': see defs --help" },
    })
  })

  it('says that verify takes the name of a set, or a bundle', async () => {
    bench.put('etc/defs.yaml', 'maxAge: 36h\n')
    const { json } = await bench.run('verify 2026112.001 --json')
    expect(json).toMatchObject({ exitCode: 2, error: { code: 'USAGE_ARGUMENT' } })
    expect(json.error.message).toContain('name a set as YYYYMMDD.NNN, or a bundle')
  })

  it('does not take what follows -- for an option', async () => {
    expect((await bench.run('frobnicate -- --jsonx')).stdout).toBe('')
  })
})

describe('no configuration at all', () => {
  it.each(['update', 'check', 'daemon', 'verify --repair'])(
    'is what %s says first, and how to write one',
    async (line) => {
      const { json } = await bench.run(`${line} --json`)
      expect(json).toMatchObject({ exitCode: 2, error: { code: 'CONFIG_INVALID' } })
      expect(json.error.message).toMatch(/^no configuration was found .*\/etc\/defs.*defs config init/)
    },
  )

  it('is not the same as one without sources', async () => {
    const file = bench.put('etc/defs.yaml', 'maxAge: 36h\n')
    const { json } = await bench.run('update --json')
    expect(json).toMatchObject({ exitCode: 2, error: { code: 'CONFIG_INVALID', path: file } })
    expect(json.error.message).toContain("write one under 'sources:'")
  })
})

describe('a configuration with problems', () => {
  beforeEach(() => bench.put('etc/defs.yaml', 'store:\n  keep: 0\nmaxAge: soon\n'))

  it.each(['config check', 'config show', 'status', 'list', 'update', 'check'])(
    'ends %s with 2 and all of them',
    async (line) => {
      const { json } = await bench.run(`${line} --json`)
      expect(json).toMatchObject({ exitCode: 2, ok: false, error: { code: 'CONFIG_INVALID' } })
      expect(json.error.problems).toEqual([
        expect.stringMatching(/^store\.keep \(line 2\): /),
        expect.stringMatching(/^maxAge \(line 3\): /),
      ])
      const { code, stderr } = await bench.run(line)
      expect(code).toBe(2)
      expect(stderr).toMatch(/store\.keep \(line 2\)[\s\S]*maxAge \(line 3\)/)
    },
  )

  it('is listed by config check as data', async () => {
    const { json } = await bench.run('config check --json')
    expect(json.problems).toMatchObject([
      { path: 'store.keep', line: 2 },
      { path: 'maxAge', line: 3 },
    ])
  })
})

describe('config check', () => {
  it('looks for the files that are named, which no other command does', async () => {
    bench.put(
      'etc/defs.yaml',
      "trust: { anchors: [root.pem] }\nsources: { a: { kind: rapid-release, url: 'ftp://h/' } }\n",
    )
    expect((await bench.run('config check --json')).json).toMatchObject({
      exitCode: 2,
      problems: [{ path: 'trust.anchors', line: 1 }],
    })
    expect((await bench.run('sources')).code).toBe(0)
    bench.put('etc/root.pem', '')
    expect((await bench.run('config check')).code).toBe(0)
  })

  it('is content with a file that names no source, and says so', async () => {
    bench.put('etc/defs.yaml', 'maxAge: 36h\n')
    const { json } = await bench.run('config check --json')
    expect(json).toMatchObject({ exitCode: 0, warnings: [expect.stringContaining('names no source')] })
    bench.put('etc/defs.yaml', 'publish: { root: tree }\n')
    expect((await bench.run('config check --json')).json.warnings).toEqual([])
  })

  it('is content without any file', async () => {
    expect((await bench.run('config check --json')).json).toMatchObject({
      exitCode: 0,
      file: null,
      problems: [],
    })
  })
})

describe('config show', () => {
  it('tells values and origins', async () => {
    const file = bench.put('etc/defs.yaml', 'maxAge: 12h\n')
    const { json, code } = await bench.run('config show --origin --json', { env: { DEFS_STORE_KEEP: '4' } })
    expect(code).toBe(0)
    expect(json.file).toBe(file)
    expect(json.settings).toMatchObject({
      maxAge: { value: 43_200_000, origin: `${file}:1` },
      'store.keep': { value: 4, origin: 'variable DEFS_STORE_KEEP' },
      'product.name': { value: 'SMSMSE', origin: 'default' },
    })
    const { stdout } = await bench.run('config show --origin')
    expect(stdout).toMatch(new RegExp(`^maxAge +12h +${file}:1$`, 'm'))
  })

  it('prints no password, wherever it stands', async () => {
    bench.put('etc/pw', 's3cret-in-file\n')
    bench.put(
      'etc/defs.yaml',
      `trust: { anchors: [a] }
network: { proxy: 'http://me:s3cret-of-proxy@proxy:3128/' }
sources:
  a: { kind: liveupdate, hosts: ['ftp://anna:s3cret-in-url@h/'] }
  b: { kind: rapid-release, url: 'ftp://h/', username: bob, passwordFile: pw }
  c: { kind: rapid-release, url: 'ftp://h/', username: bob, passwordVariable: SECRET }
`,
    )
    const env = { SECRET: 's3cret-in-variable' }
    for (const line of [
      'config show',
      'config show --origin',
      'config show --json',
      'config check',
      'sources --json',
    ]) {
      const { stdout, stderr } = await bench.run(`${line} --verbose`, { env })
      expect(stdout + stderr).not.toContain('s3cret')
    }
  })

  it('prints none in an error either', async () => {
    const wrong = [
      "sources: { a: { kind: liveupdate, hosts: ['gopher://anna:s3cret@h/'] } }\n",
      "sources: { a: { kind: liveupdate, hosts: ['ftp://anna:s3cret@h/?x'] } }\n",
      "sources: { a: { kind: liveupdate, password: s3cret, hosts: ['ftp://h/'] } }\n",
      "sources: { a: 'ftp://anna:s3cret@h/' }\n",
      "sources: { a: { url: 'ftp://anna:s3cret@h/' }\n",
      "network: { proxy: ['http://me:s3cret@h/'] }\n",
    ]
    for (const text of wrong) {
      const config = bench.put('etc/defs.yaml', text)
      for (const line of ['config show', 'config show --json']) {
        const { code, stdout, stderr } = await bench.run(`${line} --verbose --config ${config}`)
        expect([code, stdout + stderr]).toEqual([2, expect.not.stringContaining('s3cret')])
      }
    }
    const env = { DEFS_NETWORK_PROXY: 'gopher://me:s3cret@h/' }
    const { code, stderr } = await bench.run('status', { env })
    expect([code, stderr]).toEqual([2, expect.not.stringContaining('s3cret')])
  })
})

describe('config init', () => {
  it('writes the starter file into the working directory, once', async () => {
    expect((await bench.run('config init')).code).toBe(0)
    expect((await bench.run('config check --json')).json.file).toBe(join(bench.root, 'cwd', 'defs.yaml'))
    expect((await bench.run('config init --json')).json).toMatchObject({ exitCode: 2 })
    expect((await bench.run('config init --force')).code).toBe(0)
  })
})

describe('code lying about', () => {
  it('is never run', async () => {
    const mark = join(bench.root, 'ran')
    const code = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '')\n`
    for (const name of [
      '.config/config.js',
      '.config/config.cjs',
      '.config.js',
      'defs.config.js',
      '.defsrc.js',
      'defs.js',
    ]) {
      bench.put(join('cwd', name), code)
    }
    bench.put('cwd/.config/config.yaml', 'cosmiconfig: { searchPlaces: [planted.yaml] }\n')
    bench.put('cwd/package.json', '{ "defs": { "maxAge": "1h" }, "cosmiconfig": {} }')
    const before = process.cwd()
    process.chdir(join(bench.root, 'cwd'))
    try {
      for (const line of ['config show --json', 'config check', 'status', 'list', 'sources', 'events'])
        await bench.run(line)
      const { json } = await bench.run('config show --json')
      expect(json).toMatchObject({ file: null, settings: { maxAge: 129_600_000 } })
      // Even when it is named, it is read as data.
      expect((await bench.run('status --config .config/config.js')).code).toBe(2)
    } finally {
      process.chdir(before)
    }
    expect(existsSync(mark)).toBe(false)
  })
})

describe('events', () => {
  it('are listed and explained by number, by name and by the number of 6.0', async () => {
    const { json } = await bench.run('events --json')
    expect(json.events.map(({ id }: { id: number }) => id)).toEqual(
      expect.arrayContaining([30, 25, 399, 400, 401, 404]),
    )
    for (const id of ['399', '393', 'definitions.rolled-back']) {
      expect((await bench.run(`events explain ${id} --json`)).json.event).toMatchObject({
        id: 399,
        id60: 393,
      })
    }
  })

  it('explain error codes too', async () => {
    expect((await bench.run('events explain trust_signature --json')).json.errorCode).toMatchObject({
      code: 'TRUST_SIGNATURE',
      exitCode: 5,
      exitName: 'untrusted',
    })
    expect((await bench.run('events explain 12345')).code).toBe(2)
  })
})

describe('the version', () => {
  it('is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(await bench.run('--version')).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
  })
})
