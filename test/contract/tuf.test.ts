import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { limits } from '../../src/limits.ts'
import { type HttpServer, startHttpServer } from '../support/http-server.ts'
import { tufClient } from '../support/tuf-client.js'
import {
  makeTufKey,
  openTufRepository,
  past,
  type TopRole,
  type TufRepository,
} from '../support/tuf-repository.ts'

/*
 * What the public conformance suite of TUF asks of a client, as our own table: that suite is in Python and was not
 * run. `tufClient` is what `test/support/tuf-client` runs.
 */

const tree = new Map<string, Uint8Array>()
let server: HttpServer
let directory: string
let repository: TufRepository
beforeAll(async () => {
  server = await startHttpServer({ files: tree })
})
afterAll(() => server.close())
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'defs-tuf-'))
  repository = openTufRepository()
  await init()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const roles = () => repository.roles
const keptIn = () => join(directory, 'metadata')

async function init(root = repository.files.get('metadata/1.root.json')): Promise<number> {
  writeFileSync(join(directory, 'root.json'), root ?? '')
  return run('init', join(directory, 'root.json'))
}

/** What the program would end with. */
async function run(...args: string[]): Promise<number> {
  return tufClient(['--metadata-dir', keptIn(), ...args], now).then(
    () => 0,
    () => 1,
  )
}

let now: Date
beforeEach(() => {
  now = new Date()
})

function serve(): void {
  tree.clear()
  for (const [path, bytes] of repository.files) tree.set(path, bytes)
  server.requests.length = 0
}

function refresh(): Promise<number> {
  serve()
  return run('--metadata-url', `${server.url}metadata/`, 'refresh')
}

function download(path: string): Promise<number> {
  serve()
  const target = ['--target-name', path, '--target-base-url', `${server.url}targets/`]
  const place = ['--target-dir', join(directory, 'targets')]
  return run('--metadata-url', `${server.url}metadata/`, ...target, ...place, 'download')
}

const downloaded = (path: string) =>
  readFileSync(join(directory, 'targets', encodeURIComponent(path)), 'utf8')

function kept(role: string): { version: number } | null {
  try {
    return JSON.parse(readFileSync(join(keptIn(), `${encodeURIComponent(role)}.json`), 'utf8')).signed
  } catch {
    return null
  }
}

const versions = () => ['root', 'timestamp', 'snapshot', 'targets'].map((role) => kept(role)?.version ?? null)
const asked = () => server.requests.map(({ url }) => url.slice('/metadata/'.length))

describe('a refresh', () => {
  it('asks for what it needs, in order, and nothing twice', async () => {
    expect(await refresh()).toBe(0)
    expect(asked()).toEqual(['2.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json'])
    expect(versions()).toEqual([1, 1, 1, 1])
    expect(await refresh()).toBe(0)
    expect(asked()).toEqual(['2.root.json', 'timestamp.json'])
    repository.news()
    expect(await refresh()).toBe(0)
    expect(versions()).toEqual([1, 2, 2, 2])
  })

  it('wants a first root that is one, signed', async () => {
    for (const spoil of [
      (root: { signed: { version?: number } }) => {
        delete root.signed.version
      },
      (root: { signatures: unknown[] }) => {
        root.signatures = []
      },
    ]) {
      const root = JSON.parse(Buffer.from(repository.files.get('metadata/1.root.json') ?? []).toString())
      spoil(root)
      rmSync(keptIn(), { recursive: true, force: true })
      const began = await init(Buffer.from(JSON.stringify(root)))
      expect([began, await refresh()]).toEqual([1, 1])
      expect(asked()).toEqual([])
    }
  })

  it('passes over members it does not know, which are signed all the same', async () => {
    roles().root.extra = { 'custom-field': 'value', deep: { list: [1, 'zwei "drei" \\'] } }
    repository.keyExtra.set(roles().snapshot.keys[0]?.id ?? '', { keyid_hash_algorithms: ['md5'] })
    repository.root()
    expect(await refresh()).toBe(0)
    expect(versions()[0]).toBe(2)
  })

  it('keeps the timestamp it has when another one has the same version', async () => {
    await refresh()
    roles().snapshot.version = 100
    repository.publish('timestamp')
    expect(await refresh()).toBe(0)
    expect(versions()).toEqual([1, 1, 1, 1])
  })

  it('does not ask for a snapshot that no timestamp names', async () => {
    await refresh()
    roles().snapshot.version += 1
    repository.publish('snapshot')
    expect(await refresh()).toBe(0)
    expect(versions()).toEqual([1, 1, 1, 1])
  })

  it.each(['timestamp', 'snapshot', 'targets'] as const)('fails without the %s', async (role) => {
    repository.news()
    repository.files.delete(`metadata/${role === 'timestamp' ? '' : '2.'}${role}.json`)
    expect(await refresh()).toBe(1)
    expect(kept(role)).toBeNull()
  })

  it.each(['snapshot', 'targets'] as const)('refuses a %s of other bytes than stated', async (role) => {
    repository.hashes = true
    repository.news()
    expect(await refresh()).toBe(0)
    repository.news()
    // The same version, validly signed, and not what was stated.
    roles()[role].extra = { more: 'x' }
    repository.publish(role)
    expect(await refresh()).toBe(1)
    expect(kept(role)?.version).toBe(2)
  })

  it.each(['snapshot', 'targets'] as const)('refuses a %s of another version than stated', async (role) => {
    await refresh()
    repository.news()
    const bytes = repository.files.get(`metadata/1.${role}.json`) ?? Buffer.of()
    repository.files.set(`metadata/2.${role}.json`, bytes)
    expect(await refresh()).toBe(1)
    expect(kept(role)?.version).toBe(1)
  })

  it('reads no endless metadata', async () => {
    repository.files.set('metadata/timestamp.json', Buffer.alloc(limits.tufTimestamp + 1, ' '))
    expect(await refresh()).toBe(1)
    expect(versions()).toEqual([1, null, null, null])
  })
})

describe('going back', () => {
  it('is refused of a timestamp', async () => {
    roles().timestamp.version = 2
    repository.publish('timestamp')
    await refresh()
    roles().timestamp.version = 1
    repository.publish('timestamp')
    expect(await refresh()).toBe(1)
    expect(versions()[1]).toBe(2)
  })

  it.each([false, true])('is refused of a snapshot (digests stated: %s)', async (hashes) => {
    repository.hashes = hashes
    repository.news()
    await refresh()
    roles().snapshot.version = 1
    roles().timestamp.version = 3
    repository.publish('snapshot', 'timestamp')
    expect(await refresh()).toBe(1)
    expect(versions().slice(1, 3)).toEqual([2, 2])
  })

  it.each([false, true])('is refused of targets (digests stated: %s)', async (hashes) => {
    repository.hashes = hashes
    repository.news()
    await refresh()
    roles().targets.version = 1
    roles().snapshot.version = 3
    roles().timestamp.version = 3
    repository.publish('targets', 'snapshot', 'timestamp')
    expect(await refresh()).toBe(1)
    expect(versions()[3]).toBe(2)
  })

  it('is refused of a root: each is one above the last', async () => {
    roles().root.version = 3
    repository.publish('root')
    repository.files.set('metadata/2.root.json', repository.files.get('metadata/3.root.json') ?? Buffer.of())
    expect(await refresh()).toBe(1)
    expect(versions()[0]).toBe(1)
  })

  it.each<[TopRole, TopRole[]]>([
    ['timestamp', ['timestamp']],
    ['snapshot', ['snapshot', 'timestamp']],
    ['targets', ['targets', 'snapshot', 'timestamp']],
  ])('is how a %s that was carried far ahead recovers, by new keys', async (role, rotated) => {
    for (const name of rotated) roles()[name].version = 99_999
    repository.publish('targets', 'snapshot', 'timestamp')
    expect(await refresh()).toBe(0)
    expect(kept(role)?.version).toBe(99_999)
    for (const name of rotated) {
      const key = makeTufKey()
      Object.assign(roles()[name], { keys: [key], signers: [key], version: 1 })
    }
    repository.root()
    repository.publish('targets', 'snapshot', 'timestamp')
    expect(await refresh()).toBe(0)
    expect(kept(role)?.version).toBe(1)
  })
})

describe('dates', () => {
  it('of the root stop everything below it, yet the root itself is kept', async () => {
    await refresh()
    roles().root.expires = past
    repository.root()
    repository.news()
    expect(await refresh()).toBe(1)
    expect(versions()).toEqual([2, 1, 1, 1])
  })

  it.each(['timestamp', 'snapshot', 'targets'] as const)('of the %s are kept to', async (role) => {
    await refresh()
    roles()[role].expires = past
    repository.news()
    expect(await refresh()).toBe(1)
    // Of an expired timestamp the version counts, so that nobody is taken back behind it (5.4.3).
    expect(kept(role)?.version ?? 0).toBeLessThanOrEqual(role === 'timestamp' ? 2 : 1)
    expect(versions()[3]).toBe(1)
  })

  it('of what was kept do not keep anybody from what is new', async () => {
    const days = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString().slice(0, 19)
    roles().timestamp.expires = `${days(7)}Z`
    roles().snapshot.expires = `${days(7)}Z`
    repository.publish('snapshot', 'timestamp')
    await refresh()
    roles().timestamp.expires = `${days(21)}Z`
    roles().snapshot.expires = `${days(21)}Z`
    repository.news()
    now = new Date(Date.now() + 18 * 86_400_000)
    expect(await refresh()).toBe(0)
    expect(versions()).toEqual([1, 2, 2, 2])
  })
})

/** A version of a role: whose keys, how many of them must sign, who does. */
type Signing = readonly [keys: number[], threshold: number, signers: number[]]
const five = [0, 1, 2, 3, 4]
const other = [0, 1, 3, 4, 5]

describe('a chain of roots', () => {
  it.each<[string, boolean, Signing[]]>([
    [
      'a new key',
      true,
      [
        [[1], 1, [1]],
        [[2], 1, [2, 1]],
        [[2], 1, [2]],
      ],
    ],
    [
      'signatures of nobody',
      true,
      [
        [[1], 1, [3, 1, 4]],
        [[2], 1, [3, 2, 1, 4]],
        [[2], 1, [3, 2, 4]],
      ],
    ],
    [
      '3 of 5 in turns',
      true,
      [
        [five, 3, [0, 2, 4]],
        [five, 3, [0, 4, 1]],
        [five, 3, [0, 1, 3]],
      ],
    ],
    [
      'one of five replaced',
      true,
      [
        [five, 3, [0, 2, 4]],
        [other, 3, [0, 4, 1]],
      ],
    ],
    [
      'a step between',
      true,
      [
        [five, 3, [0, 2, 4]],
        [other, 3, [0, 2, 4, 5]],
        [other, 3, [0, 4, 5]],
      ],
    ],
    [
      'all replaced',
      true,
      [
        [five, 3, [0, 2, 4]],
        [[5, 6, 7], 3, [0, 2, 4, 5, 6, 7]],
        [[5, 6, 7], 3, [5, 6, 7]],
      ],
    ],
    [
      'a higher threshold',
      true,
      [
        [[1, 2, 3], 1, [1]],
        [[1, 2, 3], 2, [1, 2]],
      ],
    ],
    [
      'a lower threshold',
      true,
      [
        [[1, 2, 3], 2, [1, 2]],
        [[1, 2, 3], 1, [1, 2]],
        [[1, 2, 3], 1, [1]],
      ],
    ],
    [
      'the old key missing',
      false,
      [
        [[1], 1, [1]],
        [[2], 1, [2, 3, 4]],
      ],
    ],
    [
      'the new key missing',
      false,
      [
        [[1], 1, [1]],
        [[2], 1, [1, 3, 4]],
      ],
    ],
    [
      'too few of the new',
      false,
      [
        [five, 3, [0, 2, 4]],
        [other, 3, [0, 2, 4]],
      ],
    ],
    [
      'too few of the old',
      false,
      [
        [five, 3, [0, 2, 4]],
        [other, 3, [0, 4, 5]],
      ],
    ],
    [
      'the new threshold missed',
      false,
      [
        [[1, 2, 3], 1, [1]],
        [[1, 2, 3], 2, [2]],
      ],
    ],
    [
      'the old threshold missed',
      false,
      [
        [[1, 2, 3], 2, [1, 2]],
        [[1, 2, 3], 1, [1]],
      ],
    ],
  ])('with %s: %s', async (_, good, chain) => {
    const keys = Array.from({ length: 10 }, makeTufKey)
    const pick = (numbers: number[]) => numbers.flatMap((number) => keys[number] ?? [])
    for (const [index, [named, threshold, signers]] of chain.entries()) {
      const signing = { keys: pick(named), threshold, signers: pick(signers), version: index + 1 }
      Object.assign(roles().root, signing)
      repository.publish('root')
    }
    await init()
    expect(await refresh()).toBe(good ? 0 : 1)
    expect(versions()[0]).toBe(good ? chain.length : chain.length - 1)
  })

  it('is followed through many at once, and ends', async () => {
    for (let count = 0; count < 40; count++) repository.root()
    expect(await refresh()).toBe(0)
    expect(versions()[0]).toBe(41)
  })
})

describe.each(['timestamp', 'snapshot', 'targets'] as const)('signatures of the %s', (role) => {
  it.each<[string, boolean, Signing]>([
    ['one new key', true, [[2], 1, [2]]],
    ['signatures of nobody', true, [[1], 1, [3, 1, 4]]],
    ['three of five', true, [five, 3, [1, 2, 3]]],
    ['only others', false, [[2], 1, [1, 3, 4]]],
    ['one wrong of three', false, [other, 3, [0, 2, 4]]],
    ['too few', false, [other, 3, [0, 4]]],
    ['one key twice', false, [five, 2, [3, 3]]],
  ])('by %s: %s', async (_, good, [named, threshold, signers]) => {
    const keys = Array.from({ length: 6 }, makeTufKey)
    const pick = (numbers: number[]) => numbers.flatMap((number) => keys[number] ?? [])
    Object.assign(roles()[role], { keys: pick(named), threshold, signers: pick(signers) })
    repository.root()
    repository.news()
    expect(await refresh()).toBe(good ? 0 : 1)
    expect(kept(role)?.version ?? null).toBe(good ? 2 : null)
    // The root came before, and stays.
    expect(versions()[0]).toBe(2)
  })

  it('by one key under many names count once', async () => {
    const key = makeTufKey()
    const named = Array.from({ length: 4 }, (_, number) => ({
      ...key,
      id: `${number}`.repeat(64),
      sign: (bytes: Buffer) => ({ ...key.sign(bytes), keyid: `${number}`.repeat(64) }),
    }))
    Object.assign(roles()[role], { keys: named, signers: named, threshold: 3 })
    repository.root()
    repository.news()
    expect(await refresh()).toBe(1)
    expect(kept(role)).toBeNull()
  })
})

describe('targets', () => {
  beforeEach(() => {
    repository.claims.set('file.txt', Buffer.from('the file'))
    repository.claims.set('path/to/a/file.txt', Buffer.from('another file'))
    repository.news()
  })

  it.each(['file.txt', 'path/to/a/file.txt'])('are got: %s', async (path) => {
    expect(await download(path)).toBe(0)
    expect(downloaded(path)).toBe(repository.claims.get(path)?.toString())
  })

  it('that nobody names are not, and the metadata is refreshed all the same', async () => {
    expect(await download('nothing')).toBe(1)
    expect(versions()).toEqual([1, 2, 2, 2])
  })

  it.each([
    ['other bytes of the same length', 'The file'],
    ['more bytes', 'the file and more'],
    ['fewer bytes', 'the'],
  ])('are refused with %s, and what is there stays', async (_, text) => {
    expect(await download('file.txt')).toBe(0)
    for (const [path] of repository.files)
      if (path.startsWith('targets/')) repository.files.set(path, Buffer.from(text))
    // What is here and proved is not asked for again.
    expect(await download('file.txt')).toBe(0)
    expect(await download('path/to/a/file.txt')).toBe(1)
    expect(downloaded('file.txt')).toBe('the file')
    expect(readdirSync(join(directory, 'targets'))).toEqual(['file.txt'])
    rmSync(join(directory, 'targets', 'file.txt'))
    expect(await download('file.txt')).toBe(1)
    expect(readdirSync(join(directory, 'targets'))).toEqual([])
  })

  it('may change', async () => {
    for (let count = 0; count < 5; count++) {
      repository.claims.set('file.txt', Buffer.from(`version ${count}`))
      repository.news()
      expect(await download('file.txt')).toBe(0)
      expect(downloaded('file.txt')).toBe(`version ${count}`)
    }
  })
})

describe('delegations', () => {
  function publishAll(): void {
    repository.publish(...repository.delegated.keys())
    repository.news()
  }

  it('are asked only for what they are for, and only when need be', async () => {
    repository.claims.set('top', Buffer.from('top'))
    repository.delegate('a', { paths: ['a-*'], claims: new Map([['a-file', Buffer.from('of a')]]) })
    repository.delegate('b', { paths: ['b-*'], claims: new Map([['a-file', Buffer.from('of b')]]) })
    publishAll()
    expect(await download('top')).toBe(0)
    expect([kept('a'), kept('b')]).toEqual([null, null])
    expect(await download('a-file')).toBe(0)
    expect(downloaded('a-file')).toBe('of a')
    expect(kept('b')).toBeNull()
    expect(await download('b-file')).toBe(1)
  })

  it('are asked in depth, in their order, and not behind a terminating one', async () => {
    const claims = (word: string) => new Map([['file', Buffer.from(word)]])
    repository.delegate('a')
    repository.delegate('a-child', { parent: 'a', claims: claims('child of a') })
    repository.delegate('b', { claims: claims('b') })
    publishAll()
    expect(await download('file')).toBe(0)
    expect(downloaded('file')).toBe('child of a')
    repository.delegated.clear()
    repository.delegate('c', { terminating: true })
    repository.delegate('d', { claims: claims('d') })
    publishAll()
    expect(await download('file')).toBe(1)
  })

  it('may go round, and are many, without end', async () => {
    for (let count = 0; count < 2 * limits.tufDelegations; count++) {
      repository.delegate(`r${count}`, { parent: count === 0 ? 'targets' : `r${count - 1}` })
    }
    publishAll()
    expect(await download('nothing')).toBe(1)
    expect(asked().filter((name) => /\.r\d+\.json$/.test(name)).length).toBeLessThanOrEqual(
      limits.tufDelegations + 1,
    )
  })

  it.each(['?', '#', '/role', '../role'])('may have odd names: %s', async (name) => {
    repository.delegate(name, { claims: new Map([['file', Buffer.from('odd')]]) })
    publishAll()
    expect(await download('file')).toBe(0)
    expect(asked()).toContain(`1.${encodeURIComponent(name)}.json`)
    expect(kept(name)?.version).toBe(1)
    expect(readdirSync(directory).sort()).toEqual(['metadata', 'root.json', 'targets'])
  })

  it.each<[string, Partial<ReturnType<TufRepository['delegate']>>]>([
    ['past their end', { expires: past }],
    ['signed by others', { signers: [makeTufKey()] }],
    ['signed too few times', { threshold: 2 }],
  ])('are refused when they are %s', async (_, parts) => {
    repository.delegate('a', { claims: new Map([['file', Buffer.from('x')]]), ...parts })
    publishAll()
    expect(await download('file')).toBe(1)
    expect(kept('a')).toBeNull()
  })
})
