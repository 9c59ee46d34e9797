import { readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { makePatch } from '../../src/vcdiff/make-patch.ts'
import { cases } from './cases.ts'
import { Workbench, xdelta3IsInstalled } from './workbench.ts'

const bench = new Workbench()
afterAll(() => bench.close())

describe('makePatch', () => {
  it.each(cases)('$name: comes back, in few bytes', async ({ base, target, most }) => {
    const patch = await bench.make(base, target)
    expect((await bench.apply(base, patch)).equals(target)).toBe(true)
    expect(patch.length).toBeLessThanOrEqual(most)
  })

  describe.skipIf(!xdelta3IsInstalled)('read by xdelta3', () => {
    it.each(cases)('$name', async ({ base, target }) => {
      const patch = await bench.make(base, target)
      expect(bench.xdelta3Decode(base, patch).equals(target)).toBe(true)
    })
  })

  it('brings back whatever it was made from', async () => {
    const piece = fc.uint8Array({ maxLength: 200 })
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(400), piece), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3_000 }), edits, async (start, changes) => {
        let target = Buffer.from(start)
        for (const [place, removed, added] of changes) {
          const at = place % (target.length + 1)
          target = Buffer.concat([target.subarray(0, at), added, target.subarray(at + removed)])
        }
        const patch = await bench.make(start, target)
        expect((await bench.apply(start, patch)).equals(target)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('brings back what is full of likenesses', async () => {
    // Few different bytes: everything is found somewhere, runs and copies meet and overlap.
    const alike = fc.uint8Array({ maxLength: 2_000, min: 0, max: 1 })
    const doubled = alike.map((bytes) =>
      Buffer.concat([bytes, bytes, Buffer.alloc(bytes.length % 97), bytes]),
    )
    await fc.assert(
      fc.asyncProperty(doubled, doubled, async (base, target) => {
        const patch = await bench.make(base, target)
        expect((await bench.apply(base, patch)).equals(target)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it.skipIf(process.platform === 'win32')('is readable by its owner alone', async () => {
    await bench.make(Buffer.from('old'), Buffer.from('new'))
    expect(statSync(bench.patch).mode & 0o777).toBe(0o600)
  })

  it('writes over nothing and through no link', async () => {
    await bench.make(Buffer.from('old'), Buffer.from('new'))
    await expect(makePatch(bench)).rejects.toMatchObject({ name: 'DefsError', code: 'STORE_IO' })
    const link = join(bench.folder, 'link')
    symlinkSync(join(bench.folder, 'elsewhere'), link)
    const made = makePatch({ ...bench, patch: link, signal: bench.signal })
    await expect(made).rejects.toMatchObject({ name: 'DefsError', code: 'STORE_IO' })
    expect(readdirSync(bench.folder).sort()).toEqual(['base', 'link', 'patch', 'target'])
  })

  it('ends when interrupted and leaves nothing', async () => {
    await bench.apply(Buffer.from('old'), await bench.make(Buffer.from('old'), Buffer.from('new')))
    writeFileSync(bench.target, 'new')
    const patch = join(bench.folder, 'other')
    const made = makePatch({ ...bench, patch, signal: AbortSignal.abort() })
    await expect(made).rejects.toMatchObject({ name: 'DefsError', code: 'INTERRUPTED' })
    expect(readdirSync(bench.folder)).not.toContain('other')
  })

  it('says which file cannot be read', async () => {
    const made = makePatch({ ...bench, base: join(bench.folder, 'absent'), signal: bench.signal })
    await expect(made).rejects.toMatchObject({ name: 'DefsError', code: 'STORE_IO' })
  })
})
