import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { writeBundle } from '../../src/airgap/write-bundle.ts'
import { copyMember } from '../../src/archive/member-file.ts'
import { openPackage } from '../../src/archive/open.ts'
import { rebuild } from '../../src/archive/rebuild.ts'
import { digestFile } from '../../src/digest.ts'
import { assertSpace, watchSpace } from '../../src/disk/free-space.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import { moveToQuarantine } from '../../src/hawking/quarantine.ts'
import { openScannerStore } from '../../src/hawking/scanner-store.ts'
import { openStore } from '../../src/hawking/store.ts'
import { limits } from '../../src/limits.ts'
import { writeZip } from '../../src/publish/pack/zip-writer.ts'
import { placeFile } from '../../src/publish/place-file.ts'
import { openScanner } from '../../src/scanner/kinds.ts'
import type { SetName } from '../../src/set-name.ts'
import { applyPatch } from '../../src/vcdiff/apply-patch.ts'
import { makePatch } from '../../src/vcdiff/make-patch.ts'
import { quickContext } from '../support/fetching.ts'
import { noise } from '../support/noise.ts'

const MiB = 1024 * 1024
/** A disk of its own, so that nothing else changes what is free. */
const size = 96 * MiB

let outer: string
let small: string
const mountSmall = (folder: string) =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]).status === 0

function canMount(): boolean {
  if (process.platform !== 'linux') return false
  const folder = mkdtempSync(join(tmpdir(), 'defs-mount-'))
  const mounted = mountSmall(folder)
  if (mounted) execFileSync('umount', [folder])
  rmSync(folder, { recursive: true, force: true })
  return mounted
}

const free = (folder: string) => {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
const signal = new AbortController().signal
const full = expect.objectContaining({ code: 'STORE_FULL' })

describe.skipIf(!canMount())('what stays free on a disk', () => {
  beforeAll(() => {
    outer = realpathSync(mkdtempSync(join(tmpdir(), 'defs-reserve-')))
    small = join(outer, 'small')
    mkdirSync(small)
    mountSmall(small)
  })
  afterAll(() => {
    execFileSync('umount', [small])
    rmSync(outer, { recursive: true, force: true })
  })
  let work: string
  beforeEach(() => {
    work = mkdtempSync(join(small, 'work-'))
  })
  afterEach(() => rmSync(work, { recursive: true, force: true }))

  it('is judged to the byte', () => {
    const there = free(work)
    expect(() => assertSpace(work, there, 0)).not.toThrow()
    expect(() => assertSpace(work, there - 5, 5)).not.toThrow()
    expect(() => assertSpace(work, there - 5, 6)).toThrow(full)
    expect(() => assertSpace(join(work, 'missing'), 1, 1)).toThrow(
      expect.objectContaining({ code: 'STORE_IO' }),
    )
  })

  it('is looked at before the first piece already, since a set may be of many small files', () => {
    const watch = watchSpace(work, free(work))
    expect(() => watch(1)).toThrow(full)
    expect(() => watchSpace(work, 0)(Number.MAX_SAFE_INTEGER)).not.toThrow()
  })

  const open = (file: string, reserve: number) => {
    const options = { limits, algorithms: [], context: quickContext(), signal, reserve }
    const directory = join(work, 'set')
    mkdirSync(directory)
    return openPackage(file, directory, options)
  }

  it('while a zip is unpacked: refused by what it announces, before its first byte', async () => {
    const file = join(outer, 'zeros.zip')
    rmSync(file, { force: true })
    // A ratio below the one of a bomb.
    const content = Buffer.concat(
      Array.from({ length: 40 }, () => Buffer.concat([noise(MiB / 32), Buffer.alloc(MiB)])),
    )
    await writeZip(file, [{ name: 'A.DAT', content }])
    await expect(open(file, free(work) - content.length + MiB)).rejects.toEqual(full)
    expect(readdirSync(join(work, 'set'))).toEqual([])
    rmSync(join(work, 'set'), { recursive: true })
    await expect(open(file, free(work) - content.length - MiB)).resolves.toBeDefined()
  })

  it('while a tar is unpacked, which announces nothing: refused as it goes', async () => {
    const source = join(outer, 'source')
    mkdirSync(source, { recursive: true })
    writeFileSync(join(source, 'A.DAT'), noise(60 * MiB))
    const file = join(outer, 'package.tar.gz')
    const tar = execFileSync('tar', ['-C', source, '-cf', '-', 'A.DAT'], { maxBuffer: 100 * MiB })
    writeFileSync(file, gzipSync(tar, { level: 1 }))
    const reserve = 40 * MiB
    await expect(open(file, reserve)).rejects.toEqual(full)
    // One step of looking further at most.
    expect(free(work)).toBeGreaterThan(reserve - 2 * MiB)
  })

  it('while a set is made of another one', async () => {
    const base = join(outer, 'base')
    mkdirSync(base, { recursive: true })
    writeFileSync(join(base, 'A.DAT'), noise(20 * MiB))
    const file = { name: 'A.DAT', bytes: 20 * MiB, sha256: '', sha1: null }
    const steps = [{ how: 'copied', name: 'A.DAT', base: file } as const]
    const folders = { base, given: base, to: work }
    const options = { limits, algorithms: [], context: quickContext(), signal }
    await expect(rebuild(steps, folders, { ...options, reserve: free(work) - 19 * MiB })).rejects.toEqual(
      full,
    )
    expect(readdirSync(work)).toEqual([])
    await expect(
      rebuild(steps, folders, { ...options, reserve: free(work) - 21 * MiB }),
    ).resolves.toHaveLength(1)
  })

  it('while a patch is applied: its output is no file then', async () => {
    const [base, target, patch] = ['base.bin', 'target.bin', 'patch.bin'].map((name) => join(outer, name))
    if (!base || !target || !patch) return expect.unreachable()
    writeFileSync(base, 'base')
    // Little to send, much to write.
    writeFileSync(target, Buffer.alloc(40 * MiB, 'abcdefgh'))
    rmSync(patch, { force: true })
    await makePatch({ base, target, patch, signal })
    const output = join(work, 'output.bin')
    const options = { base, patch, output, maxBytes: 50 * MiB, algorithms: ['sha256'], signal } as const
    await expect(applyPatch({ ...options, reserve: free(work) - 20 * MiB })).rejects.toEqual(full)
    expect(existsSync(output)).toBe(false)
    await expect(applyPatch({ ...options, reserve: free(work) - 60 * MiB })).resolves.toMatchObject({
      bytes: 40 * MiB,
    })
  })

  it('while a package is published: refused before its first byte', async () => {
    const content = noise(5 * MiB)
    const members = [{ name: 'A.DAT', content }]
    const path = join(work, 'a.zip')
    await expect(writeZip(path, members, { signal, reserve: free(work) - 4 * MiB })).rejects.toEqual(full)
    expect(existsSync(path)).toBe(false)
    const written = await writeZip(path, members, { signal, reserve: free(work) - 8 * MiB })
    expect([...written.keys()]).toEqual(members.map(({ name }) => name))
  })

  it('while a package is copied into a tree on another disk, and its place stays empty', async () => {
    const from = join(outer, 'package.zip')
    writeFileSync(from, noise(5 * MiB))
    const to = join(work, 'package.zip')
    await expect(placeFile(from, to, free(work) - 4 * MiB)).rejects.toEqual(full)
    expect(readdirSync(work)).toEqual([])
    await placeFile(from, to, free(work) - 8 * MiB)
    expect(readdirSync(work)).toEqual(['package.zip'])
  })

  it('while a file of the set before is taken over', async () => {
    const from = join(outer, 'before.bin')
    writeFileSync(from, noise(5 * MiB))
    const copy = (to: string, reserve: number) => copyMember(from, join(work, to), [], signal, reserve)
    await expect(copy('one', free(work) - 4 * MiB)).rejects.toEqual(full)
    await expect(copy('two', free(work) - 12 * MiB)).resolves.toMatchObject({ bytes: 5 * MiB })
  })

  it("while the scanner's own folder gets its copy, which is there whole or not at all", async () => {
    const set = join(outer, 'set')
    mkdirSync(set, { recursive: true })
    writeFileSync(join(set, 'A.DAT'), noise(5 * MiB))
    writeFileSync(join(set, 'v.grd'), '')
    const store = openStore(join(outer, 'store'), 'hawking')
    const hand = (reserve: number) => {
      const scanner = openScanner(
        { kind: 'csapi', path: join(work, 'csapi') },
        store,
        openScannerStore(store),
        reserve,
      )
      return scanner.handOver(
        { set: '20261121.001' as SetName, previous: null, directory: set },
        quickContext(),
      )
    }
    await expect(hand(free(work) - 4 * MiB)).rejects.toEqual(full)
    expect(readdirSync(join(work, 'csapi'))).toEqual([])
    await hand(free(work) - 8 * MiB)
    expect(readdirSync(join(work, 'csapi'))).toContain('20261121.001')
  })

  it('while a bundle is exported: refused before its first byte, the file that was there stays', async () => {
    const path = join(outer, 'member.bin')
    writeFileSync(path, noise(5 * MiB))
    const { bytes, hashing } = await digestFile(path, ['sha256'])
    const members = [{ name: 'A.DAT', path, bytes, sha256: hashing.finish('sha256') ?? '' }]
    const bundle = join(work, 'defs.bundle')
    writeFileSync(bundle, 'the one before')
    const write = (reserve: number) => writeBundle(bundle, [], members, new Date(), quickContext(), reserve)
    await expect(write(free(work) - 4 * MiB)).rejects.toEqual(full)
    expect(readdirSync(work)).toEqual(['defs.bundle'])
    await expect(write(free(work) - 8 * MiB)).resolves.toBeGreaterThan(5 * MiB)
  })

  it('while evidence is kept: what would fill the disk is not copied, its story is', async () => {
    // The quarantine lies on the small disk, the set elsewhere: a rename cannot move it.
    const store = { ...openStore(join(outer, 'store'), 'hawking'), quarantine: join(work, 'quarantine') }
    await prepareStore(store, null)
    const bad = join(outer, 'bad')
    mkdirSync(bad, { recursive: true })
    writeFileSync(join(bad, 'A.DAT'), noise(Math.max(MiB, free(work) - limits.quarantineFree + MiB)))
    const evidence = { set: null, code: 'TRUST_DIGEST', problems: ['bad'] } as const
    const before = free(work)
    expect(await moveToQuarantine(store, bad, evidence)).toBeNull()
    expect(existsSync(bad)).toBe(false)
    expect(before - free(work)).toBeLessThan(MiB)
    const [entry = ''] = readdirSync(store.quarantine)
    expect(readdirSync(join(store.quarantine, entry))).toEqual(['evidence.json'])
  })
})
