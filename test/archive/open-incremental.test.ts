import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { readFolder } from '../../src/archive/folder.ts'
import { type IncrementalOpening, openIncremental, type Rebuilt } from '../../src/archive/incremental.ts'
import { limits } from '../../src/limits.ts'
import { readGuard } from '../../src/trust/guard.ts'
import { zipOf } from '../support/archive.ts'
import { makeAuthority } from '../support/authority.ts'
import { type Files, makeSet, sampleFiles, writeFiles } from '../support/definition-set.ts'
import { engines, incrementalMembers, patchOf } from '../support/incremental.ts'
import { noise } from '../support/noise.ts'
import { expectCode, failOfDisk, insteadOfFlushing, room, sha256, tree, worldOf } from './workshop.ts'

const shop = room()
const authority = makeAuthority(join(shop, 'authority'))
const from = sampleFiles('before').set('sub/RULES.TXT', Buffer.from('rules\n'))
const files = sampleFiles('after')
  .set('sub/RULES.TXT', Buffer.from('rules\n'))
  .set('NEW.DAT', Buffer.from('new\n'))
afterAll(() => rmSync(shop, { recursive: true, force: true }))

interface Desk {
  readonly base: string
  readonly aside: string
  readonly set: string
}

function deskOver(older: Files): Desk {
  const folder = room()
  const desk = { base: join(folder, 'base'), aside: join(folder, 'aside'), set: join(folder, 'set') }
  writeFiles(desk.base, makeSet({ authority, files: older }))
  mkdirSync(desk.set)
  return desk
}

/** Opens a package of these members over a base; `meddle` comes between the proof of the base and the work. */
async function openOver(
  older: Files,
  members: Files,
  options: Partial<IncrementalOpening> = {},
  meddle: (desk: Desk) => void = () => undefined,
): Promise<Rebuilt & Desk> {
  const desk = deskOver(older)
  const common = { algorithms: [], context: worldOf(), signal: new AbortController().signal }
  const { opened: base } = await readFolder(desk.base, common)
  const file = join(desk.base, '..', 'package.zip')
  writeFileSync(file, zipOf(members))
  meddle(desk)
  const rebuilt = await openIncremental(file, desk.set, {
    ...common,
    limits,
    base,
    aside: desk.aside,
    namesIn: (guard) => readGuard(guard).files.keys(),
    ...options,
  })
  return { ...rebuilt, ...desk }
}

const membersOf = (spoil?: (members: Map<string, Buffer>) => void) =>
  incrementalMembers({ authority, from, files, ...(spoil ? { spoil } : {}) })

describe('openIncremental', () => {
  afterEach(() => void vi.restoreAllMocks())

  it.each(engines)('makes the new set, with patches of %s', async (engine) => {
    const members = await incrementalMembers({ authority, from, files, engine })
    expect([...members.keys()].sort()).toEqual([
      'NEW.DAT',
      'TSCAN1.DAT.vcdiff',
      'VIRSCAN1.DAT.vcdiff',
      'v.grd',
      'v.sig',
    ])
    const { opened, reused, set } = await openOver(from, members)
    expect(reused).toBe(6)
    expect(tree(set).sort()).toEqual([...files.keys(), 'v.grd', 'v.sig'].sort())
    for (const [name, bytes] of files) {
      expect(readFileSync(join(set, name)).equals(bytes)).toBe(true)
      expect(opened.files.find((file) => file.name === name)).toMatchObject({
        bytes: bytes.length,
        sha256: sha256(bytes),
      })
    }
    expect(opened.files.map(({ name }) => name)).toEqual([...files.keys(), 'v.grd', 'v.sig'].sort())
    expect(opened.directory).toBe(set)
    expect(opened.guard).toEqual(new Uint8Array(members.get('v.grd') ?? []))
    expect(opened.signature).toEqual(new Uint8Array(members.get('v.sig') ?? []))
  })

  it('shares no inode with the base, and leaves it as it was', async () => {
    const { set, base } = await openOver(from, await membersOf())
    for (const name of from.keys()) {
      const copy = statSync(join(set, name))
      expect(copy.ino).not.toBe(statSync(join(base, name)).ino)
      expect(copy.nlink).toBe(1)
      expect(readFileSync(join(base, name)).equals(from.get(name) ?? Buffer.alloc(0))).toBe(true)
    }
  })

  it('computes the further digests that are asked for', async () => {
    const { opened } = await openOver(from, await membersOf(), { algorithms: ['sha1'] })
    expect(opened.files.every(({ sha1 }) => /^[0-9a-f]{40}$/.test(sha1 ?? ''))).toBe(true)
  })

  it('does large sets in two threads, with the same outcome', async () => {
    const large = new Map(
      ['A.DAT', 'B.DAT', 'C.DAT', 'D.DAT'].map((name): [string, Buffer] => [name, noise(4_500_000)]),
    )
    const newer = new Map(large)
    for (const name of ['A.DAT', 'B.DAT']) {
      const part = large.get(name) ?? Buffer.alloc(0)
      newer.set(name, Buffer.concat([part.subarray(0, 2e6), Buffer.from('an insertion'), part.subarray(2e6)]))
    }
    const members = await incrementalMembers({ authority, from: large, files: newer })
    const { opened, reused } = await openOver(large, members)
    expect(reused).toBe(4)
    for (const [name, bytes] of newer) {
      expect(opened.files.find((file) => file.name === name)?.sha256).toBe(sha256(bytes))
    }
  })

  // A system tells of a failure once: who flushes the file after this hears nothing of it.
  it('is refused when what was made could not be flushed', async () => {
    await insteadOfFlushing(failOfDisk)
    const large = new Map([['A.DAT', noise(limits.smallFile + 1)]])
    const members = await incrementalMembers({ authority, from: large, files: large })
    await expectCode(openOver(large, members), 'STORE_IO')
  })

  it('says what is there when the base changed after it was proved: the guard will not have it', async () => {
    const flip = ({ base }: Desk) => {
      const bytes = readFileSync(join(base, 'NAVENG32.DLL'))
      bytes[100] = (bytes[100] ?? 0) ^ 1
      writeFileSync(join(base, 'NAVENG32.DLL'), bytes)
    }
    const { opened, set } = await openOver(from, await membersOf(), {}, flip)
    const found = opened.files.find(({ name }) => name === 'NAVENG32.DLL')?.sha256
    expect(found).toBe(sha256(readFileSync(join(set, 'NAVENG32.DLL'))))
    expect(found).not.toBe(sha256(files.get('NAVENG32.DLL') ?? ''))
  })

  it('follows no link that took the place of a base file', async () => {
    const secret = join(shop, 'secret')
    writeFileSync(secret, 'secret')
    const swap = ({ base }: Desk) => {
      rmSync(join(base, 'NAVENG32.DLL'))
      symlinkSync(secret, join(base, 'NAVENG32.DLL'))
    }
    await expectCode(openOver(from, await membersOf(), {}, swap), 'ARCHIVE_LINK')
  })

  it('refuses a base file that went, and a patch that is none', async () => {
    const remove = ({ base }: Desk) => rmSync(join(base, 'NAVENG32.DLL'))
    await expectCode(openOver(from, await membersOf(), {}, remove), 'STORE_IO')
    const junk = await membersOf((members) => members.set('TSCAN1.DAT.vcdiff', Buffer.from('no patch')))
    await expectCode(openOver(from, junk), 'ARCHIVE_CORRUPT')
  })

  it('refuses a package without a guard, and writes nothing into the set then', async () => {
    const members = await membersOf((all) => all.delete('v.grd'))
    let set = ''
    const remember = (desk: Desk) => {
      set = desk.set
    }
    await expectCode(openOver(from, members, {}, remember), 'TRUST_GUARD_MISSING')
    expect(tree(set)).toEqual([])
  })

  it('holds the whole set to the limit of unpacked bytes: copies alone, and what a patch makes', async () => {
    const copies = { limits: { ...limits, unpacked: 5000 } }
    await expectCode(openOver(from, await membersOf(), copies), 'ARCHIVE_BOMB_TOTAL')
    const bomb = await patchOf(from.get('TSCAN1.DAT') ?? Buffer.alloc(0), Buffer.alloc(5_000_000), 'ours')
    const members = await membersOf((all) => all.set('TSCAN1.DAT.vcdiff', bomb))
    const patches = { limits: { ...limits, unpacked: 1_000_000 } }
    await expectCode(openOver(from, members, patches), 'ARCHIVE_BOMB_TOTAL')
  })

  it('ends when it is interrupted', async () => {
    const stop = new AbortController()
    stop.abort()
    await expectCode(openOver(from, await membersOf(), { signal: stop.signal }), 'INTERRUPTED')
  })

  it('refuses a folder for the package that is there already', async () => {
    const occupy = ({ aside }: Desk) => mkdirSync(aside)
    await expectCode(openOver(from, await membersOf(), {}, occupy), 'STORE_IO')
  })
})
