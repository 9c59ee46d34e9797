import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makePatch } from '../../src/vcdiff/make-patch.ts'
import { makePatches, type PatchJob } from '../../src/vcdiff/make-patches.ts'
import { noise } from '../support/noise.ts'
import { xdelta3IsInstalled } from './workbench.ts'

const MiB = 1024 * 1024
const coresAreMany = availableParallelism() > 1
const never = new AbortController().signal
const folder = mkdtempSync(join(tmpdir(), 'defs-patches-'))
const patches = join(folder, 'patches')

const sizes = { small: 1000, middle: 18 * MiB, large: 22 * MiB, other: 20 * MiB }

beforeAll(() => {
  const bytes = noise(sizes.large)
  for (const [name, size] of Object.entries(sizes)) {
    writeFileSync(join(folder, `${name}.base`), bytes.subarray(0, size))
    const pieces = [bytes.subarray(50, size / 2), noise(500), bytes.subarray(size / 2 + 90, size)]
    writeFileSync(join(folder, `${name}.target`), Buffer.concat(pieces))
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// Real threads, as the process itself hears of them.
let workers: Worker[]
let ends: Promise<unknown>[]
const onWorker = (worker: Worker) => {
  workers.push(worker)
  ends.push(once(worker, 'exit'))
}
beforeEach(() => {
  workers = []
  ends = []
  process.on('worker', onWorker)
  mkdirSync(patches)
})
afterEach(() => {
  process.off('worker', onWorker)
  rmSync(patches, { recursive: true })
})

function jobOf(name: string): PatchJob {
  const measured = (file: string) => {
    const path = join(folder, file)
    return { path, bytes: statSync(path).size }
  }
  const [base, target] = [measured(`${name}.base`), measured(`${name}.target`)]
  return { base, target, patch: join(patches, `${name}.vcdiff`) }
}

const jobs = () => Object.keys(sizes).map(jobOf)

async function alone({ base, target, patch }: PatchJob): Promise<Buffer> {
  const path = `${patch}.alone`
  await makePatch({ base: base.path, target: target.path, patch: path, signal: never })
  return readFileSync(path)
}

describe('makePatches', () => {
  it('makes the same patches as makePatch alone, byte for byte, on several cores', async () => {
    const all = jobs()
    const lengths = await makePatches(all, never)
    for (const job of all) {
      const patch = readFileSync(job.patch)
      expect(patch.equals(await alone(job))).toBe(true)
      expect(lengths.get(job)).toBe(patch.length)
    }
    expect(workers.length).toBe(coresAreMany ? 1 : 0)
    await Promise.all(ends)
  })

  it.skipIf(!xdelta3IsInstalled)('makes what xdelta3 reads', async () => {
    const all = jobs()
    await makePatches(all, never)
    for (const { base, target, patch } of all) {
      const output = `${patch}.output`
      const { status } = spawnSync('xdelta3', ['-d', '-s', base.path, patch, output])
      expect(status).toBe(0)
      expect(readFileSync(output).equals(readFileSync(target.path))).toBe(true)
    }
  })

  it('starts no thread where there is little to do beside the largest file', async () => {
    expect((await makePatches(['small', 'large'].map(jobOf), never)).size).toBe(2)
    expect(workers).toEqual([])
  })

  it('starts no more than three', async () => {
    const all = Array.from({ length: 20 }, (_, number) => renamed(jobOf('large'), number))
    await makePatches(all, never)
    expect(workers.length).toBe(Math.min(availableParallelism(), 4) - 1)
  })

  it('makes nothing of nothing', async () => {
    expect((await makePatches([], never)).size).toBe(0)
  })

  it('ends its threads when interrupted, and leaves nothing', async () => {
    const stop = new AbortController()
    // More than can be done until it is stopped.
    const all = Array.from({ length: 100 }, (_, number) => renamed(jobOf('large'), number))
    const making = makePatches(all, stop.signal)
    const begun = async () => {
      while (!all.some(({ patch }) => existsSync(patch))) await new Promise((done) => setTimeout(done, 5))
      stop.abort()
    }
    await Promise.all([expect(making).rejects.toMatchObject({ code: 'INTERRUPTED' }), begun()])
    expect(workers.length).toBe(Math.min(availableParallelism(), 4) - 1)
    expect(workers.map(({ threadId }) => threadId)).toEqual(workers.map(() => -1))
    expect(readdirSync(patches)).toEqual([])
  })

  it('does not begin when interrupted before', async () => {
    const making = makePatches(jobs(), AbortSignal.abort())
    await expect(making).rejects.toMatchObject({ name: 'DefsError', code: 'INTERRUPTED' })
    expect(workers).toEqual([])
  })

  it.each(['large', 'small'])('fails as makePatch does when the base of %s cannot be read', async (name) => {
    const all = jobs().map((job) => (job.patch.includes(name) ? { ...job, base: absent(job) } : job))
    await expect(makePatches(all, never)).rejects.toMatchObject({ name: 'DefsError', code: 'STORE_IO' })
    expect(readdirSync(patches)).toEqual([])
    await Promise.all(ends)
  })

  it.skipIf(!coresAreMany)('fails, and does not wait for ever, when a thread dies', async () => {
    process.once('worker', (worker: Worker) => worker.terminate())
    await expect(makePatches(jobs(), never)).rejects.toMatchObject({ name: 'DefsError', code: 'BUG' })
    expect(readdirSync(patches)).toEqual([])
    await Promise.all(ends)
  })
})

function renamed(job: PatchJob, number: number): PatchJob {
  return { ...job, patch: `${job.patch}.${number}` }
}

function absent({ base }: PatchJob) {
  return { ...base, path: join(folder, 'absent') }
}
