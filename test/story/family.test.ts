import { createHash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withLock } from '../../src/disk/lock.ts'
import { enterDaemon } from '../../src/hawking/notices.ts'
import { openStore } from '../../src/hawking/store.ts'
import { lookAt } from '../support/look.ts'
import { packFiles, tarGzOf } from '../support/rules-site.ts'
import { runDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

let vendor: Vendor
let antivirus: string
let work: string
beforeEach(async () => {
  vendor = await startVendor()
  antivirus = vendor.configure()
  work = mkdtempSync(join(tmpdir(), 'defs-family-'))
})
afterEach(async () => {
  await vendor.close()
  rmSync(work, { recursive: true, force: true })
})

/** A pack of rules below an address that pins it, for a store of its own or for this one. */
function rulesFor(root: string, files = packFiles(30, 'rules')): string {
  const pack = tarGzOf(files)
  const path = join(work, 'pack.tar.gz')
  writeFileSync(path, pack)
  const sha256 = createHash('sha256').update(pack).digest('hex')
  const file = join(work, `rules-${createHash('md5').update(root).digest('hex')}.yaml`)
  writeFileSync(
    file,
    `store: { root: ${root} }
sources: { rules: { kind: rules, url: 'file://${path}', sha256: ${sha256} } }
gate: { shrink: { certified: 0 } }
`,
  )
  return file
}

const defs = (config: string, ...args: string[]) => runDefs([...args, '--json', '--config', config])
const family = (root: string) => JSON.parse(readFileSync(join(root, 'state', 'family.json'), 'utf8'))

describe('a store', () => {
  beforeEach(async () => {
    vendor.certify({ set: '20260115.002', sequence: 240019 })
    expect((await defs(antivirus, 'update')).code).toBe(0)
  })

  it('remembers its family and takes no set of another one, forced or not', async () => {
    expect(family(vendor.store)).toMatchObject({ family: 'default', lineage: 'antivirus' })
    const other = rulesFor(vendor.store)
    for (const args of [['update'], ['update', '--force'], ['check']]) {
      const run = await defs(other, ...args)
      expect([run.code, run.json.error.code]).toEqual([5, 'TRUST_FAMILY'])
    }
    expect(lookAt(vendor.store)).toMatchObject({
      current: '20260115.002',
      sets: ['20260115.002'],
      damage: [],
    })
  })

  it('that wrote nothing down is for what is current in it', async () => {
    rmSync(join(vendor.store, 'state', 'family.json'))
    const rules = rulesFor(vendor.store)
    // Nothing but the pack itself tells here, and the set that is current has to be proved before.
    const anchors = `trust: { anchors: ['${vendor.authority.rootPath}'] }\n`
    writeFileSync(rules, readFileSync(rules, 'utf8').concat(anchors))
    const run = await defs(rules, 'update')
    expect([run.code, run.json.error.code]).toEqual([5, 'TRUST_FAMILY'])
    expect((await defs(antivirus, 'update')).code).toBe(0)
  })

  it('imports no bundle of another family, whatever its date, and publishes none', async () => {
    const rules = rulesFor(join(work, 'rules'))
    expect((await defs(rules, 'update')).code).toBe(0)
    expect(family(join(work, 'rules'))).toMatchObject({ lineage: 'suricata' })
    const bundle = join(work, 'av.bundle')
    expect((await defs(antivirus, 'export', bundle)).code).toBe(0)
    writeFileSync(
      rules,
      readFileSync(rules, 'utf8').concat(`trust: { anchors: ['${vendor.authority.rootPath}'] }\n`),
    )
    for (const args of [[], ['--force']]) {
      const run = await defs(rules, 'import', bundle, ...args)
      // The journal knows of it, as of every other bundle that was refused.
      expect([run.code, run.json.error.code, run.json.events]).toEqual([5, 'TRUST_FAMILY', [1000]])
    }
  })
})

describe('a configuration', () => {
  const check = (sources: string) => {
    const file = join(work, 'c.yaml')
    writeFileSync(file, `trust: { anchors: ['${vendor.authority.rootPath}'] }\nsources:\n${sources}`)
    return defs(file, 'config', 'check')
  }
  const liveupdate = (name: string, product: string) =>
    `  ${name}: { kind: liveupdate, hosts: ['http://127.0.0.1:9/'], product: '${product}' }\n`

  it.each([
    [
      'antivirus and rules',
      `${liveupdate('a', 'X')}  b: { kind: rules, url: 'http://127.0.0.1:9/r.tar.gz', md5: true, allowUnsigned: true }\n`,
    ],
    [
      'antivirus and ClamAV',
      `${liveupdate('a', 'X')}  b: { kind: clamav, hosts: ['http://127.0.0.1:9/'] }\n`,
    ],
    ['two products', liveupdate('a', 'X') + liveupdate('b', 'Y')],
  ])('of %s in one store is refused', async (_, sources) => {
    const run = await check(sources)
    expect(run.code).toBe(2)
    expect(JSON.stringify(run.json)).toContain('belongs to another family')
  })

  it('of alternatives is none', async () => {
    expect((await check(liveupdate('a', 'X') + liveupdate('b', 'x'))).code).toBe(0)
  })
})

describe('two families in one configuration', () => {
  it('are updated and told of together; one that fails holds the other back in nothing', async () => {
    vendor.certify({ set: '20260115.002', sequence: 240019 })
    const root = join(work, 'both')
    const rules = readFileSync(rulesFor(root), 'utf8').split('\n')[1]
    const single = readFileSync(antivirus, 'utf8')
    const file = join(work, 'both.yaml')
    const inner = single.replace(/^store:.*\n/m, '').replace(/^/gm, '    ')
    const own = 'network|maxAge|limits|events|retry|schedule'
    const shared = single.match(new RegExp(`^(?:${own}):.*(?:\\n .*)*`, 'gm')) ?? []
    const family = inner.replace(new RegExp(`^ {4}(?:${own}):.*\\n(?: {5}.*\\n)*`, 'gm'), '')
    writeFileSync(
      file,
      `store: { root: ${root}, reserve: 1MiB }
${shared.join('\n')}
families:
  av:
${family}
  rules:
    ${rules}
`,
    )
    const check = await defs(file, 'config', 'check')
    expect([check.code, check.stdout]).toEqual([0, expect.anything()])
    const run = await defs(file, 'update')
    expect(run.json).toMatchObject({
      exitCode: 0,
      families: { av: { changed: true, current: '20260115.002' }, rules: { changed: true } },
    })
    for (const command of ['update', 'check']) {
      const named = await defs(file, command, '--source', 'rules')
      expect([named.code, Object.keys(named.json.families)]).toEqual([0, ['rules']])
      const nobody = await defs(file, command, '--source', 'nobody')
      expect([nobody.code, Object.keys(nobody.json.families)]).toEqual([2, ['av', 'rules']])
    }
    rmSync(join(work, 'pack.tar.gz'))
    writeFileSync(file, readFileSync(file, 'utf8').replace(/sha256: \w+/, `sha256: ${'0'.repeat(64)}`))
    vendor.certify({ set: '20260116.001', sequence: 240020 })
    const second = await defs(file, 'update')
    expect(second.code).not.toBe(0)
    expect(second.json.families).toMatchObject({
      av: { ok: true, current: '20260116.001' },
      rules: { ok: false, error: { code: expect.any(String) } },
    })
    const status = await defs(file, 'status', '--max-age', '36500d')
    expect(Object.keys(status.json.families)).toEqual(['av', 'rules'])
    // What everybody may read has all that `status --json` prints, of each family as well.
    const written = JSON.parse(readFileSync(join(root, 'status.json'), 'utf8'))
    expect(Object.keys(written)).toEqual(
      expect.arrayContaining(['ok', 'exitCode', 'verdict', 'families', 'asOf']),
    )
    expect(Object.keys(written.families.av)).toEqual(
      expect.arrayContaining(Object.keys(status.json.families.av)),
    )
    const ends = { 0: ['staged', 'protected'], 9: ['stale'] }[written.exitCode as 0 | 9]
    expect(ends).toContain(written.verdict.state)
    const one = await defs(file, '--family', 'av', 'list')
    expect(one.json.sets).toHaveLength(2)
    const asked = await defs(file, 'rollback', '--reason', 'x')
    expect([asked.code, asked.json.error.code]).toEqual([2, 'USAGE_ARGUMENT'])
  })
})

describe('families', () => {
  /** Two families of rules, each with a store below this root. */
  function two(root: string): string {
    const [store = '', sources = '', gate = ''] = readFileSync(rulesFor(root), 'utf8').split('\n')
    const file = join(work, 'two.yaml')
    writeFileSync(
      file,
      [store, gate, 'families:', `  one: { ${sources} }`, `  two: { ${sources} }`].join('\n'),
    )
    return file
  }
  const context = {
    now: () => new Date(),
    sleep: async () => {},
    random: () => 0.5,
    signal: new AbortController().signal,
    emit: () => {},
  }

  it('have each its own lock: what works on one holds up the other in nothing', async () => {
    const root = join(work, 'store')
    const file = two(root)
    expect((await defs(file, 'update')).code).toBe(0)
    await withLock(openStore(join(root, 'one'), 'hawking'), { wait: 0, context }, async () => {
      const [same, other] = await Promise.all(
        ['one', 'two'].map((name) => defs(file, '--family', name, 'update')),
      )
      expect([same?.code, same?.json.error.code, other?.code]).toEqual([10, 'STORE_BUSY', 0])
      const all = await defs(file, 'update')
      expect([all.code, all.json.families.one.ok, all.json.families.two.ok]).toEqual([10, false, true])
    })
    // Two at once: neither is hurt, whoever comes first.
    const both = await Promise.all(
      ['one', 'two', 'one'].map((name) =>
        defs(file, '--family', name, 'update', '--force', '--lock-wait', '60s'),
      ),
    )
    expect(both.map(({ code }) => code)).toEqual([0, 0, 0])
    for (const name of ['one', 'two'])
      expect(lookAt(join(root, name))).toMatchObject({ leftovers: [], damage: [] })
  })
})

describe('a flat store', () => {
  it('stays where a daemon looks after it, and what was given to a family is for no flat configuration', async () => {
    const root = join(work, 'store')
    const flat = rulesFor(root)
    const [store = '', sources = '', ...rest] = readFileSync(flat, 'utf8').split('\n')
    const families = join(work, 'families.yaml')
    writeFileSync(families, [store, ...rest, 'families:', `  rules: { ${sources} }`].join('\n'))
    expect((await defs(flat, 'update')).code).toBe(0)
    const adopt = (...back: string[]) => defs(families, 'families', 'adopt', 'rules', ...back)
    const busy = async (where: string, ...back: string[]) => {
      const leave = await enterDaemon(openStore(where, 'hawking'), new Date())
      const run = await adopt(...back)
      expect([run.code, run.json.error.message]).toEqual([
        10,
        expect.stringContaining(`stop the daemon first: process ${process.pid}`),
      ])
      await leave()
      expect(lookAt(where).sets).toHaveLength(1)
    }
    await busy(root)
    expect((await adopt()).code).toBe(0)
    await busy(join(root, 'rules'), '--back')
    // The configuration of before finds the sets by the link that the scanner has.
    const before = await defs(flat, 'update')
    expect([before.code, before.json.error.message]).toEqual([
      6,
      expect.stringContaining("the family 'rules'"),
    ])
    expect(existsSync(join(root, 'state'))).toBe(false)
    expect((await defs(families, 'verify')).code).toBe(0)
    expect((await adopt('--back')).code).toBe(0)
    expect((await defs(flat, 'update')).code).toBe(0)
  })

  it('becomes that of a family by renaming, is finished when that was cut short, and goes back', async () => {
    const root = join(work, 'store')
    const flat = rulesFor(root)
    const [store = '', sources = '', ...rest] = readFileSync(flat, 'utf8').split('\n')
    const families = join(work, 'families.yaml')
    writeFileSync(
      families,
      [store, ...rest, 'families:', '  av: {}', '  rules:', `    ${sources}`].join('\n'),
    )
    expect((await defs(flat, 'update')).code).toBe(0)
    const before = await defs(flat, 'list')
    const inode = statSync(join(root, 'VirusDefs', before.json.sets[0].set)).ino
    expect((await defs(families, 'families', 'adopt', 'nobody')).code).toBe(2)
    // As a run leaves it that is killed on the way.
    mkdirSync(join(root, '.rules.adopting'))
    renameSync(join(root, 'VirusDefs'), join(root, '.rules.adopting', 'VirusDefs'))
    const adopted = await defs(families, 'families', 'adopt', 'rules')
    expect(adopted.json).toMatchObject({ exitCode: 0, changed: true, to: join(root, 'rules') })
    expect(statSync(join(root, 'rules', 'VirusDefs', before.json.sets[0].set)).ino).toBe(inode)
    // A scanner that was told of the old place still finds its sets.
    expect(readdirSync(join(root, 'VirusDefs', 'current'))).toContain('v.grd')
    const of = ['--family', 'rules']
    expect((await defs(families, ...of, 'verify')).json).toMatchObject({ exitCode: 0 })
    expect((await defs(families, ...of, 'update')).json).toMatchObject({ changed: false, exitCode: 0 })
    expect((await defs(families, 'families')).json.families).toMatchObject([
      { family: 'av', lineage: null, current: null },
      { family: 'rules', lineage: 'suricata', current: before.json.sets[0].set },
    ])
    expect((await defs(families, 'families', 'adopt', 'rules')).json.changed).toBe(false)
    const back = await defs(flat, 'families', 'adopt', 'rules', '--back')
    expect(back.json).toMatchObject({ exitCode: 0, changed: true, to: root })
    expect((await defs(flat, 'verify')).code).toBe(0)
    expect(statSync(join(root, 'VirusDefs', before.json.sets[0].set)).ino).toBe(inode)
    expect(lstatSync(join(root, 'VirusDefs')).isDirectory()).toBe(true)
    expect(family(root)).toMatchObject({ family: 'default' })
    expect(readdirSync(root).filter((name) => name.includes('adopting') || name === 'rules')).toEqual([])
  })
})
