import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bench, openBench } from '../cli/world.ts'
import { type SignedAnew, signAnew } from '../support/clamav-mirror.ts'
import { type Clamd, clamavVectors, clamdProgram, makeClamd } from '../support/clamd.ts'
import { eventsOf, lookAt } from '../support/look.ts'
import { isInstalled, openToAll, type RealServer, startNginx } from '../support/real-servers.ts'
import { tarGzOf } from '../support/rules-site.ts'
import { startDefs } from '../support/run-defs.ts'

const here = clamavVectors !== null && clamdProgram !== null && isInstalled('nginx')

let bench: Bench
let vendor: SignedAnew
let site: RealServer
let clamd: Clamd
let daemon: ReturnType<typeof startDefs> | null = null
let config: string
const files = () => join(bench.root, 'files')
const store = (family: string) => join(bench.root, 'stores', family)
const current = (family: string, ...path: string[]) => join(store(family), 'VirusDefs', 'current', ...path)
const defs = async (...args: string[]) => (await bench.run([...args, '--json', '--config', config])).json

function pack(name: string, texts: Record<string, string>): void {
  const bytes = tarGzOf(texts)
  writeFileSync(join(files(), `${name}.tar.gz`), bytes)
  const md5 = createHash('md5').update(bytes).digest('hex')
  writeFileSync(join(files(), `${name}.tar.gz.md5`), `${md5}\n`)
}

function publish(version: number): void {
  writeFileSync(join(files(), 'daily.cvd'), vendor.file(`test-${version}.cvd`))
  writeFileSync(join(files(), `daily-${version}.cvd.sign`), vendor.file(`test-${version}.cvd.sign`))
}

const alert = (sid: number, rev = 1) => `alert tcp any any -> any any (msg:"x"; sid:${sid}; rev:${rev};)\n`
const yara = (name: string) => `rule ${name} { condition: false }\n`

beforeEach(async () => {
  bench = openBench()
  vendor = signAnew(join(bench.root, 'vendor'))
  mkdirSync(files())
  publish(1)
  pack('et', { 'et.rules': alert(1) + alert(2) })
  pack('own', { 'own.rules': alert(2, 5) + alert(9) })
  pack('hunt', { 'hunt.yar': yara('One') })
  openToAll(bench.root)
  site = await startNginx(bench.root, files())
  clamd = makeClamd({ directory: join(bench.root, 'clamd'), databases: current('clamav') })
  const url = `http://127.0.0.1:${site.port}/`
  const rules = (name: string) =>
    `{ kind: rules, url: '${url}${name}.tar.gz', md5: true, allowUnsigned: true }`
  const told = (family: string) =>
    `{ kind: command, argv: [/bin/sh, -c, "ls '${current(family)}/' >> '${join(bench.root, family)}.told'"] }`
  config = bench.put(
    'three.yaml',
    `store: { root: '${join(bench.root, 'stores')}', reserve: 1MiB }
network: { tries: 1 }
maxAge: 36500d
families:
  clamav:
    sources:
      clam: { kind: clamav, hosts: ['${url}'], databases: [daily], certificates: ['${vendor.rootPath}'] }
    scanner: { kind: clamd, socket: '${clamd.socket}', timeout: 20s }
    gate: { engine: none }
  suricata:
    sources: { et: ${rules('et')}, own: ${rules('own')} }
    parts: [et, own]
    scanner: ${told('suricata')}
  yara:
    sources: { hunt: ${rules('hunt')} }
    scanner: ${told('yara')}
schedule:
  - { family: clamav, source: clam, cron: '0 * * * *' }
  - { family: suricata, source: et, cron: '0 * * * *' }
  - { family: yara, source: hunt, cron: '0 * * * *' }
`,
  )
})
afterEach(async () => {
  await stopDaemon('SIGKILL')
  await Promise.all([clamd.stop(), site.stop()])
  bench.remove()
})

async function stopDaemon(signal: NodeJS.Signals): Promise<number | null> {
  if (!daemon) return null
  const { child, ended } = daemon
  daemon = null
  child.kill(signal)
  return (await ended).code
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 40_000; !(await holds()); await pause(50))
    if (Date.now() > end) {
      const ids = ['clamav', 'suricata', 'yara'].map((one) => eventsOf(store(one)).map(({ id }) => id))
      throw new Error(`in vain; events: ${JSON.stringify(ids)}`)
    }
}

/** As if the daemon had been away for two hours. */
function hoursPass(family: string): void {
  const file = join(store(family), 'state', 'sources.json')
  const ago = new Date(Date.now() - 2 * 60 * 60 * 1000).toISOString()
  writeFileSync(file, readFileSync(file, 'utf8').replace(/("lastAttempt": ?)"[^"]*"/g, `$1"${ago}"`))
}

describe.skipIf(!here)('ClamAV, Suricata and YARA on one machine', () => {
  it('are looked after by one daemon; what happens to one is nothing to the others', async () => {
    await defs('--family', 'clamav', 'update')
    await clamd.start()
    daemon = startDefs(['daemon', '--config', config])
    await until(() => ['suricata', 'yara'].every((one) => existsSync(join(bench.root, `${one}.told`))))
    // Of one sid the higher revision.
    expect(readFileSync(current('suricata', 'et', 'et.rules'), 'latin1')).toMatch(/^#.*alert.*sid:2;/m)
    expect(readFileSync(current('yara', 'hunt.yar'), 'latin1')).toContain('One')
    await until(() => eventsOf(store('clamav')).some(({ id }) => id === 25))
    expect(await stopDaemon('SIGTERM')).toBe(0)
    // Everything is new; YARA's pack is gone, and of Suricata's parts one is a page.
    publish(2)
    for (const name of ['hunt.tar.gz', 'hunt.tar.gz.md5']) rmSync(join(files(), name))
    for (const name of ['own.tar.gz', 'own.tar.gz.md5'])
      writeFileSync(join(files(), name), '<!DOCTYPE html><html><body>log in</body></html>')
    pack('et', { 'et.rules': alert(1) + alert(2) + alert(3) })
    for (const family of ['clamav', 'suricata', 'yara']) hoursPass(family)
    const before = lookAt(store('yara')).current
    daemon = startDefs(['daemon', '--config', config])
    await until(async () => /\/2\//.test(await clamd.ask('VERSION')))
    await until(() => readFileSync(current('suricata', 'et', 'et.rules'), 'latin1').includes('sid:3;'))
    await until(() => eventsOf(store('yara')).some(({ id }) => id === 1000))
    expect(eventsOf(store('suricata')).map(({ id }) => id)).toContain(1085)
    expect(readFileSync(current('suricata', 'own', 'own.rules'), 'latin1')).toContain('sid:9;')
    expect(lookAt(store('yara'))).toMatchObject({ current: before, damage: [] })
    const status = await defs('status')
    expect(Object.keys(status.families)).toEqual(['clamav', 'suricata', 'yara'])
    expect(status.families.clamav.verdict.state).toBe('protected')
    expect(await stopDaemon('SIGTERM')).toBe(0)
  }, 150_000)

  it('refuse the sets of each other: offered, imported and published, by force as well', async () => {
    expect((await defs('update')).exitCode).not.toBe(2)
    const refused = { exitCode: 5, error: { code: 'TRUST_FAMILY' } }
    const sets = () =>
      ['clamav', 'suricata', 'yara'].map((one) => [one, lookAt(store(one)).sets, lookAt(store(one)).current])
    const before = sets()
    // A store that never had a set is for what its sources bring.
    const empty = bench.put(
      'empty.yaml',
      readFileSync(config, 'utf8').replace(/root: '[^']*'/, `root: '${bench.root}/new'`),
    )
    const bundle = join(bench.root, 'rules.bundle')
    expect(await defs('--family', 'suricata', 'export', bundle)).toMatchObject({ exitCode: 0 })
    for (const family of ['clamav', 'yara'])
      for (const more of [[], ['--force']])
        expect([family, await defs('--family', family, 'import', bundle, ...more)]).toMatchObject([
          family,
          refused,
        ])
    const first = ['--family', 'clamav', 'import', bundle, '--json', '--config', empty]
    expect((await bench.run(first)).json).toMatchObject(refused)
    // Offered: a pack that brings what is not the family's, or a source that has turned into another.
    pack('hunt', { 'hunt.rules': alert(1) })
    for (const more of [[], ['--force']])
      expect(await defs('--family', 'yara', 'update', ...more)).toMatchObject(refused)
    // Published: a folder of the wrong kind, and a set out of the store of the other one.
    const publisher = bench.put(
      'publisher.yaml',
      readFileSync(config, 'utf8').replace(
        /^ {2}(clamav|yara):$/gm,
        `  $1:\n    publish: { root: '${bench.root}/tree-$1', keys: '${bench.root}/keys-$1' }`,
      ),
    )
    const env = { DEFS_KEYS_PASSPHRASE: 'correct horse' }
    const asPublisher = async (...args: string[]) =>
      (await bench.run([...args, '--json', '--config', publisher], { env })).json
    for (const family of ['clamav', 'yara']) {
      expect(await asPublisher('--family', family, 'keys', 'init')).toMatchObject({ exitCode: 0 })
      const folder = join(bench.root, 'own-rules')
      mkdirSync(folder, { recursive: true })
      writeFileSync(join(folder, 'own.rules'), alert(1))
      const own = await asPublisher('--family', family, 'publish', '20261120.001', '--from', folder)
      expect(own).toMatchObject(refused)
      // Sealed by a store that is not this one.
      const set = lookAt(store('suricata')).current ?? ''
      const other = await asPublisher('--family', family, 'publish', set, '--from', current('suricata'))
      expect(other).toMatchObject({ exitCode: 5 })
    }
    expect(sets()).toEqual(before)
  }, 60_000)
})
