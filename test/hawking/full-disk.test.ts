import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileChildren } from './compile.ts'
import { quickFolder } from './world.ts'

/** A file system of 512 KiB, seen by the program only. */
const mounted = ['-m', 'sh', '-c', 'mount -t tmpfs -o size=512k tmpfs "$0" && exec "$@"'] as const
const canMount =
  process.platform === 'linux' && spawnSync('unshare', [...mounted, '/mnt', 'true']).status === 0

describe.skipIf(!canMount)('a store on a full disk', () => {
  let compiled: ReturnType<typeof compileChildren>
  const folder = quickFolder()

  beforeAll(() => {
    compiled = compileChildren('full-disk')
  })
  afterAll(() => {
    compiled.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it('says so at every step, stays on its set, and recovers once there is room', () => {
    const program = join(compiled.programs, 'full-disk.js')
    const { stdout, stderr } = spawnSync('unshare', [...mounted, folder, process.execPath, program, folder], {
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      codes: ['STORE_FULL', 'STORE_FULL', 'STORE_FULL', 'STORE_FULL'],
      during: { state: 'ok', current: '20261121.001', previous: null },
      whole: [true, true],
      findings: expect.arrayContaining(['leftover']),
      after: '20261121.004',
    })
  })
})
