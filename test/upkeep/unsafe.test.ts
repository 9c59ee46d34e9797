import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bench, openBench } from '../cli/world.ts'

const nobody = 65_534
const isRoot = process.geteuid?.() === 0

let bench: Bench
let config: string
beforeEach(() => {
  bench = openBench()
  const anchor = bench.put('trust/root.pem', 'a certificate')
  chmodSync(anchor, 0o644)
  const store = join(bench.root, 'store')
  for (const path of [store, join(store, 'VirusDefs'), join(store, 'state')]) mkdirSync(path, { mode: 0o755 })
  chmodSync(join(store, 'state'), 0o700)
  writeFileSync(join(store, 'state', 'events.jsonl'), '')
  const source = `{ kind: liveupdate, hosts: ['${bench.root}'], product: a, version: '1', language: b }`
  const lines = [`store: { root: ${store} }`, `trust: { anchors: [${anchor}] }`, `sources: { lu: ${source} }`]
  config = bench.put('defs.yaml', lines.join('\n'))
})
afterEach(() => bench.remove())

const store = (...parts: string[]) => join(bench.root, 'store', ...parts)
// The store has no set, which is told as well.
const isOurs = ({ code }: { code: string }) => code !== 'no-definitions'
async function doctor(): Promise<[number, [code: string, path: string][]]> {
  const { json } = await bench.run(['doctor', '--json', '--config', config])
  const found: { code: string; path: string }[] = json.findings
  return [json.exitCode, found.filter(isOurs).map(({ code, path }) => [code, path])]
}

describe.skipIf(process.platform === 'win32')('doctor, asked who else could decide', () => {
  it('finds nothing in a store of its own', async () => {
    expect(await doctor()).toEqual([6, []])
  })

  it('names anchors that others may write to, and config check and update refuse them', async () => {
    const anchor = join(bench.root, 'trust', 'root.pem')
    chmodSync(anchor, 0o666)
    expect(await doctor()).toEqual([6, [['file-unsafe', anchor]]])
    const refused = { exitCode: 2, error: { code: 'CONFIG_UNSAFE' } }
    for (const command of ['update', 'config check']) {
      const { json } = await bench.run([...command.split(' '), '--json', '--config', config])
      expect([command, json]).toMatchObject([command, refused])
    }
  })

  it('names the folder above a store that others may write to', async () => {
    chmodSync(bench.root, 0o777)
    const { json } = await bench.run(['doctor', '--json', '--config', config], {
      env: { DEFS_TRUST_ALLOW_UNSAFE_FILES: 'true' },
    })
    // The variable excuses the store as well; without it the configuration in that folder is refused already.
    expect(json.findings.filter(isOurs)).toEqual([])
    expect((await bench.run(['doctor', '--json', '--config', config])).json).toMatchObject({
      exitCode: 2,
      error: { code: 'CONFIG_UNSAFE' },
    })
    chmodSync(bench.root, 0o700)
    const open = join(bench.root, 'open')
    mkdirSync(open)
    chmodSync(open, 0o777)
    mkdirSync(join(open, 'store'))
    config = bench.put('other.yaml', `store: { root: ${join(open, 'store')} }\n`)
    expect(await doctor()).toEqual([6, [['store-unsafe', join(open, 'store')]]])
  })

  it('has the run and config check tell of a store that others could exchange or write to, and go on', async () => {
    const tell = async () => {
      const run = await bench.run(['verify', '--config', config])
      const check = await bench.run(['config', 'check', '--json', '--config', config])
      return [run.code, run.stderr, check.code, check.json.warnings] as const
    }
    const [before, said, code, warnings] = await tell()
    expect([code, warnings, said]).toEqual([0, [], expect.not.stringContaining('warning')])
    for (const path of [store(), store('state')]) {
      chmodSync(path, 0o777)
      const why = `everybody may write to ${path}`
      const [now, told, good, told2] = await tell()
      expect([now, told, good, told2]).toEqual([
        before,
        expect.stringContaining(`warning: ${why}`),
        0,
        [expect.stringContaining(`store.root: ${why}`)],
      ])
      expect(await doctor()).toMatchObject([6, [['permission-wide', path]]])
      chmodSync(path, 0o755)
    }
  })

  it('finds a status.json that others could write, which monitors of other users believe', async () => {
    writeFileSync(store('status.json'), '{}')
    chmodSync(store('status.json'), 0o666)
    expect(await doctor()).toMatchObject([6, [['permission-wide', store('status.json')]]])
  })

  it.skipIf(!isRoot)(
    'takes a store that one user owns throughout for his, and names what is mixed',
    async () => {
      const all = [store(), store('VirusDefs'), store('state'), store('state', 'events.jsonl')]
      for (const path of all) chownSync(path, nobody, nobody)
      expect(await doctor()).toEqual([6, []])
      chownSync(store('state', 'events.jsonl'), 0, 0)
      expect(await doctor()).toEqual([6, [['owner-mixed', store('state', 'events.jsonl')]]])
      for (const path of all) chownSync(path, 0, 0)
      chownSync(store('state'), nobody, nobody)
      expect(await doctor()).toEqual([6, [['owner-mixed', store('state')]]])
    },
  )

  it.skipIf(!isRoot)('is refused a configuration that belongs to somebody else', async () => {
    chownSync(config, nobody, nobody)
    for (const command of ['doctor', 'update', 'status', 'config check']) {
      const { json } = await bench.run([...command.split(' '), '--json', '--config', config])
      expect([command, json]).toMatchObject([command, { exitCode: 2, error: { code: 'CONFIG_UNSAFE' } }])
    }
  })
})
