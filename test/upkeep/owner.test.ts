import { execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { program } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

const service = 65_534

let vendor: Vendor
let config: string
beforeEach(async () => {
  vendor = await startVendor()
  chmodSync(vendor.directory, 0o755)
  config = vendor.configure('maxAge: 36500d\n')
})
afterEach(() => vendor.close())

/** The built program as that user. */
function as(uid: number, ...args: string[]) {
  return run([...args, '--config', config], { uid, gid: uid, cwd: '/' })
}

function run(args: string[], options: SpawnOptions) {
  const child = spawn(process.execPath, [program, ...args, '--json'], { ...options, stdio: 'pipe' })
  const out: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as the contract describes it
  return new Promise<any>((resolve) => {
    child.on('close', () => resolve(JSON.parse(Buffer.concat(out).toString())))
  })
}

/** The users that own something below a folder, the folder itself included. */
function ownersIn(folder: string): number[] {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
    join(entry.parentPath, entry.name),
  )
  return [...new Set([folder, ...paths].map((path) => lstatSync(path).uid))]
}

const certify = (set: string) => vendor.certify({ set })

// Only root can give up its rights, and only on a system that knows users by number.
describe.skipIf(process.getuid?.() !== 0)('root beside a service user', () => {
  beforeEach(async () => {
    mkdirSync(vendor.store)
    chownSync(vendor.store, service, service)
    certify('20261119.001')
  })

  it('leaves nothing of its own in the store, whatever it does there', async () => {
    expect(await as(service, 'update')).toMatchObject({ exitCode: 0, current: '20261119.001' })
    certify('20261120.001')
    expect(await as(0, 'update')).toMatchObject({ exitCode: 0, current: '20261120.001' })
    expect(ownersIn(vendor.store)).toEqual([service])
    expect(await as(0, 'rollback', '--reason', 'test')).toMatchObject({ exitCode: 0, to: '20261119.001' })
    expect(await as(0, 'hold')).toMatchObject({ exitCode: 0 })
    expect(await as(0, 'verify', '--repair')).toMatchObject({ exitCode: 0 })
    expect(await as(0, 'prune')).toMatchObject({ exitCode: 0 })
    expect(await as(0, 'check')).toMatchObject({ exitCode: 0 })
    expect(ownersIn(vendor.store)).toEqual([service])
    const bundle = join(vendor.directory, 'set.bundle')
    expect(await as(0, 'export', bundle, '--set', '20261120.001')).toMatchObject({ exitCode: 0 })
    expect(await as(0, 'unhold')).toMatchObject({ exitCode: 0 })
    expect(await as(0, 'import', bundle, '--allow', '20261120.001')).toMatchObject({
      current: '20261120.001',
    })
    expect(ownersIn(vendor.store)).toEqual([service])
    certify('20261121.001')
    expect(await as(service, 'update')).toMatchObject({ exitCode: 0, current: '20261121.001' })
    expect(await as(0, 'schedule', 'pause')).toMatchObject({ exitCode: 0 })
    expect(await as(0, 'schedule', 'resume')).toMatchObject({ exitCode: 0 })
    expect(await as(0, 'report', '--csv')).toMatchObject({ exitCode: 0 })
    expect(ownersIn(vendor.store)).toEqual([service])
  }, 120_000)

  it.each([
    ['retire', ['retire', '--yes'], 'mv state own && ln -s "$VICTIM" state'],
    [
      'families adopt',
      ['families', 'adopt', 'one'],
      'ln -s "$VICTIM" .one.adopting && echo > of-the-service',
    ],
    ['schedule pause', ['schedule', 'pause'], 'mv state own && ln -s "$VICTIM" state'],
    ['report --csv', ['report', '--csv'], 'mv state own && ln -s "$VICTIM" state'],
  ])('%s does nothing as root behind a link of the owner', async (_, args, link) => {
    expect(await as(service, 'update')).toMatchObject({ exitCode: 0 })
    const victim = join(vendor.directory, 'victim')
    mkdirSync(victim, { mode: 0o755 })
    writeFileSync(join(victim, 'kept'), '')
    const env = { ...process.env, VICTIM: victim }
    execFileSync('sh', ['-c', link], { cwd: vendor.store, env, uid: service, gid: service })
    if (args.includes('adopt')) {
      const { url } = vendor.http
      const source = `{ kind: liveupdate, hosts: ['${url}'], product: P, version: '1', language: x }`
      const text = `store: { root: '${vendor.store}' }\nfamilies: { one: { sources: { one: ${source} } } }\n`
      writeFileSync(config, text)
    }
    await as(0, ...args)
    expect(readdirSync(victim)).toEqual(['kept'])
  })

  it('makes the first set for the user whose folder it is', async () => {
    expect(await as(0, 'update')).toMatchObject({ exitCode: 0 })
    expect(ownersIn(vendor.store)).toEqual([service])
    expect(await as(service, 'update')).toMatchObject({ exitCode: 0, changed: false })
  })

  it('does not work where several users have a part, and doctor names it', async () => {
    expect(await as(service, 'update')).toMatchObject({ exitCode: 0 })
    const record = join(vendor.store, 'state', 'attempt.json')
    chownSync(record, 0, 0)
    const refused = await as(0, 'update')
    expect(refused).toMatchObject({ exitCode: 6, error: { code: 'STORE_PERMISSION', path: record } })
    expect(refused.error.message).toMatch(/belongs to \S+, but .*attempt\.json to root: .*chown -R/)
    expect(await as(0, 'doctor')).toMatchObject({
      exitCode: 6,
      findings: [{ code: 'owner-mixed', path: record, repaired: false }],
    })
  })

  it('works for one family of those that belong to several users, and says how to work for the others', async () => {
    const [one, two] = ['one', 'two'].map((name) => join(vendor.directory, name)) as [string, string]
    for (const [store, owner] of [
      [one, service],
      [two, 1],
    ] as const) {
      mkdirSync(store)
      chownSync(store, owner, owner)
    }
    const text = readFileSync(config, 'utf8')
    const family = (store: string) => text.replace(vendor.store, store).replace(/^/gm, '    ')
    writeFileSync(config, `families:\n  a:\n${family(one)}\n  b:\n${family(two)}\n`)
    const both = await as(0, 'update')
    expect(both).toMatchObject({
      exitCode: 6,
      families: { a: { exitCode: 0 }, b: { exitCode: 6, error: { code: 'STORE_PERMISSION', path: two } } },
    })
    expect(both.families.b.error.message).toMatch(/two belongs to \S+, and this run went on as .*--family b/)
    expect(readdirSync(two)).toEqual([])
    expect(await as(0, 'update', '--family', 'b')).toMatchObject({ exitCode: 0, current: '20261119.001' })
    expect([ownersIn(one), ownersIn(two)]).toEqual([[service], [1]])
  })

  it('does nothing with a configuration that the owner of the store may not read', async () => {
    chmodSync(config, 0o600)
    expect(await as(0, 'update')).toMatchObject({ exitCode: 2, error: { code: 'CONFIG_UNREADABLE' } })
    expect(readdirSync(vendor.store)).toEqual([])
  })

  it('says what went wrong, though it may not look into the home of root any more', async () => {
    const home = join(vendor.directory, 'home')
    mkdirSync(home, { mode: 0o700 })
    const env = { ...process.env, HOME: home, DEFS_STORE_ROOT: vendor.store }
    expect(await run(['update'], { cwd: home, env })).toMatchObject({ exitCode: 2 })
    const said = await run(['hold', 'latest'], { cwd: home, env })
    expect(said).toMatchObject({ error: { code: 'STORE_UNKNOWN_SET' } })
  })
})

it('every command that writes to a store is told to go on as its owner', () => {
  const folder = new URL('../../src/cli/command/', import.meta.url)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  const pieces = files.flatMap((name) =>
    readFileSync(new URL(name, folder), 'utf8')
      .split('session.load(')
      .slice(1)
      .map((text) => ({ name, text })),
  )
  const writing = pieces.filter(({ text }) => text.includes('keepJournal(session'))
  expect(writing.length).toBeGreaterThan(8)
  expect(writing.filter(({ text }) => !/^\{[^}]*writes/.test(text)).map(({ name }) => name)).toEqual([])
})
