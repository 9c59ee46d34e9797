import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWorks, type Works } from '../../publish/works.ts'
import { writeFiles } from '../../support/definition-set.ts'

const product = "product: 'SMSMSE Virus Definitions', version: '6.5', language: symalllanguages"

let works: Works
let client: (...args: string[]) => ReturnType<Works['client']>
beforeEach(async () => {
  works = await openWorks()
  const seen = join(works.root, 'seen')
  // What the engine is given at each handing over, as it reads it then.
  const script = `cat '${works.store}'/VirusDefs/current/own.rules >> '${seen}'; echo == >> '${seen}'`
  const config = works.bench.put(
    'client.yaml',
    [
      `store: { root: '${works.store}', keep: 5 }`,
      `trust: { anchors: ['${join(works.root, 'pinned', 'guard-root.pem')}'] }`,
      'default: internal',
      `sources: { internal: { kind: internal, hosts: ['${works.tree}'], ${product} } }`,
      `scanner: { kind: command, argv: [/bin/sh, -c, "${script}"] }`,
    ].join('\n'),
  )
  client = async (...args) => (await works.bench.run([...args, '--json', '--config', config])).json
})
afterEach(() => works.close())

const rule = (sid: number) => `alert tcp any any -> any any (msg:"x"; sid:${sid}; rev:1;)\n`

function publish(set: string, sids: readonly number[]) {
  const folder = join(works.root, 'own')
  rmSync(folder, { recursive: true, force: true })
  writeFiles(folder, new Map([['own.rules', Buffer.from(sids.map(rule).join(''))]]))
  return works.defs('publish', set, '--from', folder)
}

/** The active sids of each set that the engine was given. */
function seenByEngine(): number[][] {
  const file = join(works.root, 'seen')
  const texts = existsSync(file) ? readFileSync(file, 'utf8').split('==\n').slice(0, -1) : []
  return texts.map((text) => [...text.matchAll(/^alert.*sid:(\d+)/gm)].map(([, sid]) => Number(sid)))
}

describe('a set that a publisher sealed', () => {
  beforeEach(async () => {
    await publish('20261120.001', [1, 2])
    expect(await client('update')).toMatchObject({ changed: true, current: '20261120.001' })
    expect(await client('exceptions', 'add', '2', '--reason', 'x')).toMatchObject({ exitCode: 0 })
  })

  it('is given to the engine with the exceptions in it from the first moment on', async () => {
    await publish('20261120.002', [1, 2, 3])
    const run = await client('update')
    expect(run).toMatchObject({ changed: true, current: '20261120.003', signedBy: 'defs guard signer' })
    expect(seenByEngine()).toEqual([
      [1, 2],
      [1, 3],
    ])
    const { provenance } = await client('show', 'current')
    expect(provenance).toMatchObject({ of: '20261120.002', exceptions: [{ id: '2' }] })
    expect(await client('verify')).toMatchObject({ exitCode: 0 })
    expect(await client('update')).toMatchObject({ changed: false, reason: expect.stringMatching(/^same/) })
    expect(await client('check')).toMatchObject({ newer: false })
  })

  it('is taken though what was made here has its name already', async () => {
    await publish('20261120.002', [1, 2, 3])
    expect(await client('update')).toMatchObject({ current: '20261120.003' })
    await publish('20261120.003', [1, 2, 3, 4])
    expect(await client('update')).toMatchObject({ changed: true, current: '20261120.004' })
    expect(seenByEngine().at(-1)).toEqual([1, 3, 4])
    // Without exceptions, too, and what has the name stays what it is.
    expect(await client('exceptions', 'remove', '2', '--now')).toMatchObject({ current: '20261120.005' })
    expect(seenByEngine().at(-1)).toEqual([1, 2, 3, 4])
    await publish('20261120.005', [5])
    const last = await client('update', '--force')
    expect(last).toMatchObject({ changed: true, current: '20261120.006' })
    expect(seenByEngine().at(-1)).toEqual([5])
  })

  it('stays as it was signed where no exception is for anything in it', async () => {
    await publish('20261120.002', [1, 3])
    expect(await client('update')).toMatchObject({ changed: true, current: '20261120.002' })
    const { provenance } = await client('show', 'current')
    expect(provenance.of).toBeUndefined()
    expect(await client('exceptions', 'list')).toMatchObject({ exceptions: [{ id: '2', matches: false }] })
  })

  it('is left when its publisher withdraws it, whatever it is called here', async () => {
    await publish('20261120.002', [1, 2, 3])
    expect(await client('update')).toMatchObject({ current: '20261120.003' })
    const demote = ['promote', '20261120.001', '--to', 'production', '--demote', '--reason', 'bad']
    expect(await works.defs(...demote)).toMatchObject({ exitCode: 0 })
    const back = await client('update')
    expect(back).toMatchObject({ changed: true })
    expect(seenByEngine().at(-1)).toEqual([1])
    const { barred } = await client('status')
    expect(barred.map(({ set }: { set: string }) => set)).toEqual(
      expect.arrayContaining(['20261120.002', '20261120.003']),
    )
  })

  it('that was rolled back comes again once something of it is excepted', async () => {
    await publish('20261120.002', [1, 3])
    expect(await client('update')).toMatchObject({ current: '20261120.002' })
    expect(await client('rollback', '--reason', 'sid 3')).toMatchObject({ exitCode: 0 })
    // What it went back to is made anew with the exceptions, and the barred one does not come.
    expect(await client('update')).toMatchObject({ changed: true, current: '20261120.003' })
    expect(seenByEngine().at(-1)).toEqual([1])
    expect(await client('exceptions', 'add', '3', '--reason', 'alarms')).toMatchObject({ exitCode: 0 })
    const again = await client('update', '--allow', '20261120.002')
    expect(again).toMatchObject({ changed: true })
    expect((await client('exceptions', 'list')).exceptions).toMatchObject([
      { matches: false },
      { matches: true },
    ])
    expect(seenByEngine().at(-1)).toEqual([1])
    expect((await client('status')).barred).toEqual([])
  })
})
