import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWorks, type Works } from '../publish/works.ts'
import { type ClamavMirror, startClamavMirror, vector } from '../support/clamav-mirror.ts'
import { clamavVectors } from '../support/clamd.ts'
import { isInstalled, openToAll, startNginx } from '../support/real-servers.ts'
import { startDefs } from '../support/run-defs.ts'

const sets = ['20210622.001', '20210622.002', '20210623.003', '20210623.004'] as const
const versions = [1, 2, 3, 4] as const

/** A server of the tree. */
interface Served {
  readonly url: string
  stop(): Promise<unknown>
}

describe.skipIf(!clamavVectors)('a ClamAV mirror of ours', () => {
  let works: Works
  let vendor: ClamavMirror
  let served: Served | null
  beforeEach(async () => {
    served = null
    vendor = await startClamavMirror()
    works = await openWorks()
    works.incremental = 10
    // The vendor's test root is valid then, whatever the clock of this machine says.
    works.now = new Date('2026-06-01T12:00:00Z')
    const root = join(clamavVectors ?? '', 'clamav-TEST-root.crt')
    works.settings.push(
      `sources: { clam: { kind: clamav, hosts: ['${vendor.url}'], databases: [test], certificates: ['${root}'] } }`,
      'network: { tries: 1 }',
    )
  })
  afterEach(async () => {
    await served?.stop()
    await vendor.http.close()
    works.close()
  })

  const place = (channel = 'production') => join(works.tree, channel, 'clamav')
  const names = (channel?: string) => readdirSync(place(channel)).sort()
  const publish = (...more: string[]) => works.defs('publish', '--from', 'clam', ...more)

  async function step(version: number, ...more: string[]): Promise<void> {
    vendor.publish(version)
    const run = await publish(...more)
    expect(run).toMatchObject({ exitCode: 0, changed: true, set: sets[version - 1] })
  }

  /** The version in the header of a database. */
  const versionIn = (database: Buffer) => Number(database.subarray(0, 512).toString('latin1').split(':')[2])
  const versionOf = (file: string) => versionIn(readFileSync(file))

  async function serveBy(program: string): Promise<void> {
    if (program === 'nginx') {
      openToAll(works.root)
      const { port, stop } = await startNginx(works.root, works.tree)
      served = { url: `http://127.0.0.1:${port}/`, stop }
      return
    }
    // Without keys: it serves and signs nothing.
    const config = works.bench.put('serve.yaml', `store: { root: '${works.root}/server' }`)
    const { child, ended } = startDefs(['serve', '--root', works.tree, '--port', '0', '--config', config])
    const url = await new Promise<string>((resolve) => {
      let text = ''
      child.stderr?.on('data', (piece: Buffer) => {
        text += piece.toString()
        const found = /http:\/\/[\d.]+:\d+\//.exec(text)
        if (found) resolve(found[0])
      })
    })
    served = {
      url,
      stop: () => {
        child.kill('SIGTERM')
        return ended
      },
    }
  }

  /** Debian's freshclam, with our mirror as the only one; returns what it said. */
  async function freshclam(name: string): Promise<{ code: number; text: string; file: string | null }> {
    const directory = join(works.root, name)
    mkdirSync(directory, { recursive: true })
    const config = join(works.root, `${name}.conf`)
    const lines = [
      `DatabaseDirectory ${directory}`,
      `DatabaseOwner ${userInfo().username}`,
      `DatabaseMirror ${served?.url}production/clamav`,
      'ConnectTimeout 10',
      'ReceiveTimeout 30',
      'MaxAttempts 1',
    ]
    writeFileSync(config, `${lines.join('\n')}\n`)
    const argv = ['--no-dns', `--config-file=${config}`, '--update-db=test', '--stdout']
    const { code, text } = await new Promise<{ code: number; text: string }>((resolve) => {
      execFile('freshclam', argv, (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, text: `${out}${err}` }),
      )
    })
    const file = ['test.cld', 'test.cvd'].find((one) => existsSync(join(directory, one))) ?? null
    return { code, text, file: file && join(directory, file) }
  }

  it.skipIf(!isInstalled('clamscan'))(
    'keeps out a list that only the engine refuses: no gate stands before a tree',
    async () => {
      const text = Buffer.from('text of it').toString('hex')
      for (const [name, hex] of [
        ['bad', 'zz41'],
        ['good', text],
      ])
        writeFileSync(join(works.root, `${name}.ndb`), `Some.Name:0:*:${text}\nOther.Name:0:*:${hex}\n`)
      const custom = ['bad', 'good'].map((name) => `'file://${join(works.root, name)}.ndb'`).join(', ')
      const sources = works.settings.findIndex((line) => line.startsWith('sources:'))
      works.settings[sources] = works.settings[sources]?.replace(
        /(kind: clamav,)/,
        `$1 custom: [${custom}], allowUnsigned: true,`,
      ) as string
      works.settings.push('gate: { engine: clamscan }')
      await step(1)
      const [full = ''] = readdirSync(join(works.tree, 'production')).filter((name) =>
        /^2021.*\.zip$/.test(name),
      )
      const members = readFileSync(join(works.tree, 'production', full)).toString('latin1')
      expect([members.includes('good.ndb'), members.includes('bad.ndb')]).toEqual([true, false])
    },
  )

  describe.skipIf(!isInstalled('freshclam'))('is followed by the genuine freshclam', () => {
    it.each(['defs serve', 'nginx'])('from 1 to 4, by patches, from %s', async (program) => {
      await step(1)
      await serveBy(program)
      for (const version of versions) {
        if (version > 1) await step(version)
        const run = await freshclam('steps')
        expect(run, run.text).toMatchObject({ code: 0 })
        expect([version, versionOf(run.file ?? '')]).toEqual([version, version])
        // A patched database is one of the other kind: no whole one was fetched.
        expect(run.file?.slice(-4)).toBe(version === 1 ? '.cvd' : '.cld')
        if (version === 1) await freshclam('sleeper')
      }
      const again = await freshclam('steps')
      expect(again).toMatchObject({ code: 0 })
      expect(again.text).toMatch(/up-to-date/)
      // One that slept through three versions, and one that begins now.
      const sleeper = await freshclam('sleeper')
      expect(sleeper, sleeper.text).toMatchObject({ code: 0 })
      expect([versionOf(sleeper.file ?? ''), sleeper.file?.slice(-4)]).toEqual([4, '.cld'])
      const whole = await freshclam('whole')
      expect(readFileSync(whole.file ?? '').equals(vector('test-4.cvd'))).toBe(true)
    })
  })

  it('has what the vendor has, byte for byte, and fetches nothing twice', async () => {
    await step(1)
    await step(2)
    vendor.asked()
    await step(3)
    expect(vendor.asked().filter((name) => name.includes('cdiff'))).toEqual([
      'test-3.cdiff',
      'test-3.cdiff.sign',
    ])
    await step(4)
    for (const name of names()) {
      const genuine = name === 'test.cvd' ? 'test-4.cvd' : name
      expect([name, readFileSync(join(place(), name)).equals(vector(genuine))]).toEqual([name, true])
    }
    for (const name of ['test-4.cvd', 'test-4.cvd.sign', 'test-2.cdiff', 'test-2.cdiff.sign', 'test-4.cdiff'])
      expect(names()).toContain(name)
    vendor.asked()
    expect(await publish()).toMatchObject({ exitCode: 0, changed: false })
    expect(vendor.asked()).toEqual(['test.cvd', 'test.cld'])
  })

  it('is never half a version', async () => {
    await step(1)
    const wrong: string[] = []
    const seen = new Set<number>()
    const look = setInterval(() => {
      // Read once: between two looks another one may have come.
      const whole = readFileSync(join(place(), 'test.cvd'))
      const version = versionIn(whole)
      seen.add(version)
      if (!whole.equals(vector(`test-${version}.cvd`))) wrong.push(`test.cvd ${version}`)
      for (let patch = 2; patch <= version; patch++)
        if (!existsSync(join(place(), `test-${patch}.cdiff`))) wrong.push(`${patch} of ${version}`)
    }, 1)
    try {
      for (const version of [2, 3, 4]) await step(version)
    } finally {
      clearInterval(look)
    }
    expect([...seen]).toEqual(expect.arrayContaining([1, 2, 3]))
    expect(wrong).toEqual([])
  })

  it('goes by channels: what is tested is not what production gives', async () => {
    await step(1)
    await step(2, '--channel', 'testing')
    expect([versionOf(join(place(), 'test.cvd')), versionOf(join(place('testing'), 'test.cvd'))]).toEqual([
      1, 2,
    ])
    expect(await works.defs('promote', sets[1], '--to', 'production')).toMatchObject({ exitCode: 0 })
    expect(versionOf(join(place(), 'test.cvd'))).toBe(2)
    expect(names()).toContain('test-2.cdiff.sign')
    // The same offer for another channel: nothing is fetched but the question.
    await step(3, '--channel', 'testing')
    vendor.asked()
    expect(await publish()).toMatchObject({ exitCode: 0, changed: true, set: sets[2] })
    expect(vendor.asked()).toEqual(['test.cvd', 'test.cld'])
    const back = ['--to', 'production', '--demote', '--reason', 'a test']
    expect(await works.defs('promote', sets[0], ...back)).toMatchObject({ exitCode: 0, demoted: true })
    expect(versionOf(join(place(), 'test.cvd'))).toBe(1)
  })

  it('is purged by the rule of its sets', async () => {
    works.incremental = 1
    for (const version of versions) await step(version)
    const keep = ['publish', '--purge']
    expect(await works.defs(...keep)).toMatchObject({ exitCode: 0, removed: [] })
    expect(names()).toContain('test-1.cvd')
    writeFileSync(join(place(), 'test-9.cdiff'), 'nobody names it')
    writeFileSync(join(place(), 'README'), 'not ours')
    expect(await works.defs(...keep)).toMatchObject({ exitCode: 0 })
    expect(names()).not.toContain('test-9.cdiff')
    expect(names()).toContain('README')
  })

  it('refuses a database that is not genuine: what is published stays', async () => {
    await step(1)
    vendor.publish(2)
    const forged = Buffer.from(vector('test-2.cvd'))
    forged[600] = (forged[600] ?? 0) ^ 1
    vendor.files.set('test.cvd', forged)
    expect((await publish()).exitCode).not.toBe(0)
    expect(versionOf(join(place(), 'test.cvd'))).toBe(1)
    // A patch that is not genuine is left out: clients take the whole database.
    vendor.publish(2)
    vendor.files.set('test-2.cdiff', vector('test-3.cdiff'))
    expect(await publish()).toMatchObject({ exitCode: 0, changed: true })
    expect(versionOf(join(place(), 'test.cvd'))).toBe(2)
    expect(names()).not.toContain('test-2.cdiff')
  })

  it('serves clients of ours: as databases, and as a set with our guard', async () => {
    await step(1)
    await step(4)
    works.tuf = true
    expect(await works.client('update')).toMatchObject({ exitCode: 0, current: sets[3], changed: true })
    expect(await works.client('verify')).toMatchObject({ exitCode: 0 })
    await serveBy('defs serve')
    const store = join(works.root, 'databases')
    const root = join(clamavVectors ?? '', 'clamav-TEST-root.crt')
    const host = `${served?.url}production/clamav/`
    const config = works.bench.put(
      'databases.yaml',
      `store: { root: '${store}' }
sources: { clam: { kind: clamav, hosts: ['${host}'], databases: [test], certificates: ['${root}'], sign: require } }`,
    )
    const now = () => new Date('2026-06-01T12:00:00Z')
    const run = await works.bench.run(['update', '--json', '--config', config], { now })
    expect(run.json).toMatchObject({ exitCode: 0, current: sets[3], changed: true })
    rmSync(store, { recursive: true })
  })
})
