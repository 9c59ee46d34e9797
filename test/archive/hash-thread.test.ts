import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HashThread, leaveHashThread, startHashThread } from '../../src/archive/file-task.ts'
import { readFolder } from '../../src/archive/folder.ts'
import { openPackage } from '../../src/archive/open.ts'
import type { Report } from '../../src/event/report.ts'
import { limits } from '../../src/limits.ts'
import { quickContext } from '../support/fetching.ts'
import { noise } from '../support/noise.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-hash-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const unending = new AbortController().signal

function hex(path: string, algorithm = 'sha256'): string {
  return createHash(algorithm).update(readFileSync(path)).digest('hex')
}

/** A set large enough for a second thread: files of very different sizes, guard and signature among them. */
function largeSet(): string[] {
  const sizes = { 'A.DAT': 0, 'B.DAT': 1, 'C.DAT': 9_000_001, 'D.DAT': 6_000_000, 'E.DAT': 3_000_000 }
  for (const [name, bytes] of Object.entries(sizes)) writeFileSync(join(folder, name), noise(bytes))
  writeFileSync(join(folder, 'v.grd'), 'guard')
  writeFileSync(join(folder, 'v.sig'), 'signature')
  return [...Object.keys(sizes), 'v.grd', 'v.sig']
}

describe('a large folder', () => {
  it('tells of guard and signature once, as the very bytes that it hands over in the end', async () => {
    largeSet()
    const told: Uint8Array[][] = []
    const { opened } = await readFolder(folder, {
      algorithms: [],
      context: quickContext(),
      signal: unending,
      signed: (...both) => told.push(both),
    })
    expect(told).toHaveLength(1)
    expect(told[0]?.[0]).toBe(opened.guard)
    expect(told[0]?.[1]).toBe(opened.signature)
  })

  it('is read by two threads to the same digests, every byte counted', async () => {
    const names = largeSet()
    const reports: Report[] = []
    const { opened, problems } = await readFolder(folder, {
      algorithms: ['sha1'],
      context: quickContext({ emit: (report) => reports.push(report) }),
      signal: unending,
    })
    expect(problems).toEqual([])
    expect(opened.files).toEqual(
      names.map((name) => {
        const path = join(folder, name)
        return { name, bytes: readFileSync(path).length, sha256: hex(path), sha1: hex(path, 'sha1') }
      }),
    )
    expect(Buffer.from(opened.guard ?? []).toString()).toBe('guard')
    expect(Buffer.from(opened.signature ?? []).toString()).toBe('signature')
  })

  it('ends when the run is interrupted', async () => {
    largeSet()
    const stop = new AbortController()
    const reading = readFolder(folder, { algorithms: [], context: quickContext(), signal: stop.signal })
    stop.abort()
    await expect(reading).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })
})

describe('a large folder that is taken as a package', () => {
  const open = (signal = unending) => {
    const to = mkdtempSync(join(tmpdir(), 'defs-opened-'))
    const options = { limits, algorithms: ['sha1'] as const, context: quickContext(), signal }
    return { to, opening: openPackage(folder, to, options) }
  }
  /** What process tells of threads that are begun. */
  const begun: unknown[] = []
  const onWorker = (worker: unknown) => begun.push(worker)
  beforeEach(async () => {
    // A thread that an earlier test began is told of in the next turn.
    await turn()
    begun.length = 0
    process.on('worker', onWorker)
  })
  afterEach(() => process.off('worker', onWorker))

  it('is copied and hashed by two threads to the same bytes', async () => {
    const names = largeSet()
    const { to, opening } = open()
    const { files, guard, signature } = await opening
    expect(begun).toHaveLength(1)
    expect(files).toEqual(
      names.map((name) => {
        const path = join(folder, name)
        expect(readFileSync(join(to, name)).equals(readFileSync(path)), name).toBe(true)
        return { name, bytes: readFileSync(path).length, sha256: hex(path), sha1: hex(path, 'sha1') }
      }),
    )
    expect(Buffer.from(guard ?? []).toString()).toBe('guard')
    expect(Buffer.from(signature ?? []).toString()).toBe('signature')
    rmSync(to, { recursive: true })
  })

  it('is copied by one thread when it is small', async () => {
    writeFileSync(join(folder, 'A.DAT'), 'small')
    const { to, opening } = open()
    expect((await opening).files).toHaveLength(1)
    expect(begun).toHaveLength(0)
    rmSync(to, { recursive: true })
  })

  it('leaves no thread at work when it is interrupted', async () => {
    largeSet()
    const stop = new AbortController()
    const { to, opening } = open(stop.signal)
    stop.abort()
    await expect(opening).rejects.toMatchObject({ code: 'INTERRUPTED' })
    rmSync(to, { recursive: true })
    expect(existsSync(to)).toBe(false)
  })
})

describe('the other thread', () => {
  let thread: HashThread
  beforeEach(() => {
    thread = startHashThread()
  })
  afterEach(() => thread.close())

  const digest = (name: string) => thread.carryOut({ do: 'digest', path: join(folder, name) }, [], unending)

  it('hands errors over with their code, and goes on working', async () => {
    writeFileSync(join(folder, 'a'), 'a')
    symlinkSync('a', join(folder, 'link'))
    await expect(digest('missing')).rejects.toMatchObject({
      code: 'STORE_IO',
      facts: { path: join(folder, 'missing') },
    })
    await expect(digest('link')).rejects.toMatchObject({ code: 'ARCHIVE_LINK' })
    expect(await digest('a')).toEqual({ bytes: 1, sha256: hex(join(folder, 'a')), sha1: null })
  })

  it('is the next one as well, once it was left; of two that are left one ends', async () => {
    const second = startHashThread()
    leaveHashThread(thread)
    leaveHashThread(second)
    const next = startHashThread()
    expect(next).toBe(thread)
    writeFileSync(join(folder, 'a'), 'a')
    expect(await digest('a')).toMatchObject({ bytes: 1 })
    const ended = second.carryOut({ do: 'digest', path: join(folder, 'a') }, [], unending)
    await expect(ended).rejects.toMatchObject({ code: 'BUG' })
  })

  it('does not begin what is not wanted any more', async () => {
    const stopped = AbortSignal.abort()
    const work = thread.carryOut({ do: 'digest', path: folder }, [], stopped)
    await expect(work).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })
})
