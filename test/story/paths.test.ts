import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Authority, makeAuthority } from '../support/authority.ts'
import { makeSet, sampleFiles, writeFiles } from '../support/definition-set.ts'
import { isInstalled } from '../support/real-servers.ts'
import { startDefs } from '../support/run-defs.ts'

/** A run that is still there then has hung; a busy machine needs some seconds. Milliseconds. */
const bound = 60_000

let work: string
let authority: Authority
let pipe: string
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'defs-paths-'))
  authority = makeAuthority(join(work, 'authority'))
  pipe = join(work, 'pipe')
  execFileSync('mkfifo', [pipe])
  mkdirSync(join(work, 'drop'))
})
afterAll(() => rmSync(work, { recursive: true, force: true }))
afterEach(() => rmSync(join(work, 'store'), { recursive: true, force: true }))

/**
 * Runs a command that must end by itself, whatever it says.
 * @param slowed a file: after each look at it the run stands still, as far as strace is there
 */
async function ended(args: readonly string[], text: string, slowed?: string) {
  const config = join(work, 'defs.yaml')
  writeFileSync(config, text.replaceAll('PIPE', pipe).replaceAll('WORK', work), { mode: 0o600 })
  const argv = args.map((word) => (word === 'PIPE' ? pipe : word))
  const line = [...argv, ...(argv.includes('--config') ? [] : ['--config', config])]
  const run = startDefs(line, { cwd: work, under: slowed === undefined ? [] : standingStillAt(slowed) })
  const late = setTimeout(() => run.child.kill('SIGKILL'), bound)
  const { code, signal, stdout, stderr } = await run.ended
  clearTimeout(late)
  expect([args.join(' '), signal]).toEqual([args.join(' '), null])
  return { code: code ?? -1, said: stdout + stderr }
}

function standingStillAt(path: string): string[] {
  if (!isInstalled('strace')) return []
  const look = ['-e', 'trace=%%stat', '-e', 'inject=%%stat:delay_exit=300000']
  // By a clock that faketime moves strace never ends a delay: it has the true one, and what it runs that of the tests.
  const preload = process.env['LD_PRELOAD']
  const clock = preload === undefined ? [] : ['-E', `LD_PRELOAD=${preload}`]
  return ['env', '-u', 'LD_PRELOAD', 'strace', '-f', '-qq', '-o', '/dev/null', '-P', path, ...look, ...clock]
}

const store = 'store: { root: WORK/store, reserve: 0 }'
const anchored = () => `${store}\ntrust: { anchors: ['${authority.rootPath}'] }`
const drop = 'sources: { one: { kind: intelligent-updater, path: WORK/drop, platform: v5i32 } }'

/** Every place that takes a path: what is asked, with what configuration, and how it may end. */
const rows: readonly [what: string, args: string, text: () => string, codes: readonly number[]][] = [
  ['the configuration', 'status --config PIPE', () => '', [2]],
  ['an anchor, looked at', 'config check', () => `${store}\ntrust: { anchors: [PIPE] }`, [2]],
  ['an anchor', 'update', () => `${store}\ntrust: { anchors: [PIPE] }\n${drop}`, [2]],
  [
    'the root of TUF',
    'update',
    () =>
      `${store}\ntrust: { anchors: ['${authority.rootPath}'], tufRoot: PIPE }\nsources: { one: { kind: internal, hosts: ['WORK/drop'], channel: production, product: P, version: '1', language: x } }`,
    [2, 3, 5],
  ],
  ['the authorities of TLS', 'update', () => `${anchored()}\nnetwork: { authorities: PIPE }\n${drop}`, [2]],
  [
    'a password',
    'update',
    () =>
      `${anchored()}\nsources: { one: { kind: rapid-release, url: 'ftp://127.0.0.1:9/', username: me, passwordFile: PIPE } }`,
    [2],
  ],
  [
    'a key of minisign',
    'update',
    () => `${store}\nsources: { one: { kind: rules, url: 'file://WORK/drop/a.tar.gz', minisign: PIPE } }`,
    [2, 3, 5],
  ],
  [
    'the roots of ClamAV',
    'update',
    () => `${store}\nsources: { one: { kind: clamav, hosts: ['file://WORK/drop/'], certificates: [PIPE] } }`,
    [2, 3],
  ],
  [
    'freshclam.conf',
    'update',
    () => `${store}\nsources: { one: { kind: clamav, freshclamConf: PIPE } }`,
    [2],
  ],
  ['freshclam.conf to be taken over', 'config init --kind clamav --from-freshclam PIPE', () => '', [2]],
  ['clamd.conf', 'status', () => `${store}\nscanner: { kind: clamd, socket: WORK/none, conf: PIPE }`, [13]],
  ['the socket of clamd', 'status', () => `${store}\nscanner: { kind: clamd, socket: PIPE }`, [13]],
  ['the licence', 'license', () => `${store}\nlicence: { file: PIPE, required: true }`, [0, 12]],
  [
    'the licence of an update',
    'update',
    () => `${anchored()}\nlicence: { file: PIPE, required: true }\n${drop}`,
    [12],
  ],
  [
    'the store',
    'update',
    () => `store: { root: PIPE }\ntrust: { anchors: ['${authority.rootPath}'] }\n${drop}`,
    [6],
  ],
  [
    'a drop folder',
    'update',
    () => `${anchored()}\nsources: { one: { kind: intelligent-updater, path: PIPE, platform: v5i32 } }`,
    [3, 4],
  ],
  [
    "a neighbour's folder",
    'update',
    () => `${anchored()}\nsources: { one: { kind: shared-sep, path: PIPE, sepVersion: '12.0', bits: 32 } }`,
    [3],
  ],
  [
    'a folder as a host',
    'update',
    () =>
      `${anchored()}\nsources: { one: { kind: liveupdate, hosts: ['file://WORK/pipe/'], product: P, version: '1', language: x } }`,
    [3],
  ],
  [
    'a sample of the gate',
    'config check',
    () => `${store}\ngate: { engine: clamscan, detect: [PIPE] }`,
    [0, 2],
  ],
  ['the keys of the publisher', 'keys show', () => `${store}\npublish: { keys: PIPE }`, [2, 6]],
  ['the passphrase', 'publish', () => `${store}\npublish: { passphraseFile: PIPE }`, [2]],
  ['the tree', 'publish --from WORK --to PIPE', () => store, [2, 6]],
  ['what is published', 'publish --from PIPE', () => store, [2]],
  ['tokens', 'serve --port 0', () => `${store}\nserve: { tokens: PIPE }\npublish: { root: WORK/drop }`, [2]],
  [
    'a certificate',
    'serve --port 0',
    () => `${store}\nserve: { certificate: PIPE, key: PIPE }\npublish: { root: WORK/drop }`,
    [2],
  ],
  ['users of the console', 'console user list', () => `${store}\nconsole: { users: PIPE }`, [2]],
  [
    'a password of the console',
    'console user add --password-file PIPE somebody',
    () => `${store}\nconsole: { users: WORK/users }`,
    [2],
  ],
  ['a bundle', 'import PIPE', () => anchored(), [2]],
  ['a bundle to be judged', 'verify PIPE', () => anchored(), [2, 4, 6]],
  ['liveupdate.conf', 'config init --kind liveupdate --from-liveupdate PIPE', () => '', [2]],
  [
    'the credentials of a bus, in a run',
    'update',
    () =>
      `${anchored()}\n${drop}\nfleet: { name: f, host: h, bus: { servers: ['nats://127.0.0.1:9'], credentials: PIPE } }`,
    [13],
  ],
  [
    'the folder of reports',
    'update',
    () => `${anchored()}\n${drop}\nfleet: { name: f, host: h, bus: none, reports: PIPE }`,
    [13],
  ],
  ['the report', 'report --csv --out PIPE', () => store, [6]],
  ['the file of metrics', 'config check', () => `${store}\nmetrics: { textfile: PIPE }`, [0, 2]],
  [
    'the credentials of a bus',
    'config check',
    () => `${store}\nfleet: { name: f, bus: { servers: ['nats://127.0.0.1:9'], credentials: PIPE } }`,
    [0, 2],
  ],
]

describe.skipIf(process.platform === 'win32')('a command', () => {
  it.each(rows)(
    'ends at once with a pipe as %s',
    async (_, args, text, codes) => {
      const { code, said } = await ended(
        args.split(' ').map((word) => word.replace('WORK', work)),
        text(),
      )
      expect([code, said]).toEqual([expect.toSatisfy((given: number) => codes.includes(given)), said])
      // Said by us, not by Node.js.
      expect(said).not.toContain('    at ')
    },
    bound + 10_000,
  )

  it.each(['lock', 'events.jsonl', 'sources.json', 'attempt.json', 'fleet/host.key', 'fleet/report.json'])(
    'ends with a pipe in the place of state/%s',
    async (name) => {
      const text = `${anchored()}\n${drop}\nfleet: { name: f, host: h, bus: none, reports: WORK/drop }`
      mkdirSync(join(work, 'store', 'state', 'fleet'), { recursive: true })
      execFileSync('mkfifo', [join(work, 'store', 'state', name)])
      for (const args of [['update'], ['status'], ['doctor'], ['fleet', 'join']]) await ended(args, text)
    },
    4 * bound,
  )

  it('serves no root that holds keys, nor the whole machine', async () => {
    const text = `${store}\npublish: { root: WORK/store/publish/tree }`
    for (const path of ['tree', 'keys/online'])
      mkdirSync(join(work, 'store', 'publish', path), { recursive: true })
    mkdirSync(join(work, 'store', 'state'))
    for (const root of ['store/publish', 'store', 'store/publish/keys', 'store/state']) {
      const { code, said } = await ended(['serve', '--port', '0', '--root', join(work, root)], text)
      expect([root, code, said]).toEqual([root, 2, expect.stringContaining('CONFIG_UNSAFE')])
    }
    expect((await ended(['serve', '--port', '0', '--root', '/'], text)).code).toBe(2)
  })
})

const isRoot = process.geteuid?.() === 0 && spawnSync('setpriv', ['--version']).status === 0

describe.skipIf(!isRoot)('a neighbour that exchanges its files all the time', () => {
  let sep: string
  beforeEach(() => {
    chmodSync(work, 0o755)
    sep = join(work, 'sep')
    const set = '20261120.003'
    writeFiles(join(sep, set), makeSet({ authority, files: sampleFiles(set), set }))
    writeFileSync(join(sep, 'definfo.dat'), `[DefDates]\r\nCurDefs=${set}\r\n`)
    writeFileSync(join(sep, 'usage.dat'), `[${set}]\r\nSEP=1\r\n`)
    for (const path of [sep, join(sep, 'definfo.dat'), join(sep, 'usage.dat')])
      chownSync(path, 65_534, 65_534)
    writeFileSync(join(work, 'secret'), 'only for root\n', { mode: 0o600 })
    mkdirSync(join(work, 'loot'))
    chownSync(join(work, 'loot'), 65_534, 65_534)
  })

  it("reads nothing for the owner of the neighbour's folder, and ends each time", async () => {
    const swapping = spawn(
      'setpriv',
      ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, '-e', exchange],
      { cwd: sep, env: { SECRET: join(work, 'secret'), LOOT: join(work, 'loot') }, stdio: 'ignore' },
    )
    try {
      const text = `${anchored()}\nmaxAge: 36500d\nsources: { one: { kind: shared-sep, path: WORK/sep, sepVersion: '12.0', bits: 32, register: true } }`
      for (let round = 0; round < 6; round++) {
        rmSync(join(work, 'store'), { recursive: true, force: true })
        await ended(['update'], text, join(sep, 'usage.dat'))
      }
    } finally {
      swapping.kill('SIGKILL')
    }
    expect(readdirSync(join(work, 'loot'))).toEqual([])
  }, 120_000)
})

// As quickly as it can: the file, a link to the secret, and a look whether somebody wrote the secret down meanwhile.
const exchange = `
const fs = require('node:fs')
const { SECRET, LOOT } = process.env
function look() {
  for (const name of fs.readdirSync('.').filter((one) => one.startsWith('usage.dat'))) try {
    const file = fs.openSync(name, fs.constants.O_NOFOLLOW)
    const text = fs.readFileSync(file, 'utf8')
    fs.closeSync(file)
    if (text.includes('only for')) fs.writeFileSync(LOOT + '/' + name, text)
  } catch {}
}
for (const end = Date.now() + 60_000; Date.now() < end; ) {
  fs.symlinkSync(SECRET, 'x')
  fs.renameSync('x', 'usage.dat')
  look()
  fs.writeFileSync('x', '[a]\\r\\nSEP=1\\r\\n')
  fs.renameSync('x', 'usage.dat')
  look()
}`
