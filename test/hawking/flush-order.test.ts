import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { activate } from '../../src/hawking/activate.ts'
import { prepareStore } from '../../src/hawking/prepare.ts'
import type { Store } from '../../src/hawking/store.ts'
import { compileChildren } from './compile.ts'
import { contentsOf, laySet, product, quickFolder, reproved, storeAt } from './world.ts'

/** A flush, or a rename, of paths below the store. */
type Call = { readonly flush: string } | { readonly from: string; readonly to: string }

const canTrace = spawnSync('strace', ['-y', '-o', '/dev/null', 'true']).status === 0

// A power cut cannot be tried here; that everything is flushed before a name makes others rely on it can be seen.
describe.skipIf(!canTrace)('what one update flushes (needs strace)', () => {
  let compiled: ReturnType<typeof compileChildren>
  let root = ''
  let store: Store
  beforeAll(() => {
    compiled = compileChildren('replace-once')
  })
  afterAll(() => {
    compiled.remove()
    rmSync(root, { recursive: true, force: true })
  })

  it.each([
    ['a new set', '20261121.004'],
    ['the current set again', '20261121.003'],
  ])('with %s: all of it before the names that make it count, and each folder after', async (_, name) => {
    root = quickFolder()
    store = storeAt(root)
    await prepareStore(store, null)
    for (const older of ['20261121.001', '20261121.002', '20261121.003'])
      await activate(reproved(store, laySet(store, older)), store, product)
    const calls = trace(name)
    const at = (one: (call: Call) => boolean, from = 0) => {
      const found = calls.findIndex((call, index) => index >= from && one(call))
      return found === -1 ? Number.NaN : found
    }
    const flush = (path: string, from = 0) => at((call) => 'flush' in call && call.flush === path, from)
    const renameTo = (path: string) => at((call) => 'to' in call && call.to === path)
    const renameFrom = (path: string) => at((call) => 'from' in call && call.from === path)

    const place = join('VirusDefs', name)
    const named = calls[renameTo(place)]
    const ready = named && 'from' in named ? named.from : ''
    const workspace = join(ready, '..')
    const aside = join(workspace, 'set')
    // The files, then the marker, then the folder of the set, then its name in the workspace.
    const marker = renameTo(join(aside, 'zdone.dat'))
    const files = Object.keys(contentsOf(join(root, place))).filter((file) => file !== 'zdone.dat')
    expect(files).toContain('rules/one.dat')
    for (const file of files) expect([file, flush(join(aside, file)) < marker]).toEqual([file, true])
    for (const folder of [join(aside, 'rules'), aside])
      expect([folder, flush(folder) < marker]).toEqual([folder, true])
    expect(flush(join(workspace, 'zdone.dat'))).toBeLessThan(marker)
    expect(flush(aside, marker)).toBeLessThan(renameTo(ready))
    expect(flush(workspace, renameTo(ready))).toBeLessThan(renameTo(place))

    // The dated name before anything names the set: the folder it came to, and the one it left.
    const definfo = renameTo(join('VirusDefs', 'definfo.dat'))
    expect(renameTo(place)).toBeLessThan(definfo)
    expect(flush('VirusDefs', renameTo(place))).toBeLessThan(definfo)
    // Before a set that it replaced goes anywhere from there, too.
    const replaced = renameFrom(join(workspace, `${name}.old`))
    expect(flush(workspace, renameTo(place))).toBeLessThan(Number.isNaN(replaced) ? definfo : replaced)

    // Each file of the store is flushed aside, and its folder once it has its name, before the next step.
    const usage = renameTo(join('VirusDefs', 'usage.dat'))
    const link = renameTo(join('VirusDefs', 'current'))
    for (const [step, next] of [
      [definfo, usage],
      [usage, link],
    ] as const) {
      const call = calls[step]
      const written = call && 'from' in call ? call.from : ''
      expect(flush(written)).toBeLessThan(step)
      expect(flush('VirusDefs', step)).toBeLessThan(next)
    }
    // What is removed goes after that, and leaves its good name, flushed, before the first file of it goes.
    const gone = renameFrom(join('VirusDefs', '20261121.001'))
    expect(flush('VirusDefs', link)).toBeLessThan(gone)
    expect(flush('VirusDefs', gone)).toBeGreaterThan(gone)
  })

  /** What one run flushed and renamed, in order; paths relative to the root. */
  function trace(name: string): Call[] {
    const log = join(root, 'trace')
    const traced = 'trace=fsync,fdatasync,rename,renameat,renameat2'
    const program = [process.execPath, join(compiled.programs, 'replace-once.js'), root, name]
    // One thread for all the file work, so that the order in the log is that of the calls.
    const env = { ...process.env, UV_THREADPOOL_SIZE: '1' }
    const { status } = spawnSync(
      'strace',
      ['-f', '-y', '-qq', '-s', '4096', '-o', log, '-e', traced, ...program],
      {
        env,
      },
    )
    expect(status).toBe(0)
    const text = readFileSync(log, 'utf8')
    expect(text).not.toContain('unfinished')
    return text.split('\n').flatMap((line): Call[] => {
      const inside = (path = '') => path.slice(root.length + 1)
      const flushed = /f(?:data)?sync\(\d+<([^>]*)>\) += 0/.exec(line)
      if (flushed) return [{ flush: inside(flushed[1]) }]
      const [, from, to] =
        /rename\w*\((?:[^",]*, )?"([^"]*)", (?:[^",]*, )?"([^"]*)".*\) += 0/.exec(line) ?? []
      return from === undefined || to === undefined ? [] : [{ from: inside(from), to: inside(to) }]
    })
  }
})
