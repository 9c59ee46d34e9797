import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { randomFiles } from '../support/definition-set.ts'
import { runTraced } from '../support/fault.ts'
import { lookAt } from '../support/look.ts'
import { runDefs, startDefs } from '../support/run-defs.ts'
import { startVendor } from '../support/vendor.ts'

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'defs-mount-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status === 0
  if (mounted) execFileSync('umount', [folder])
  rmSync(folder, { recursive: true, force: true })
  return mounted
}

describe.skipIf(!canMount())('a small disk', () => {
  it('too full for the new set: 6 before anything is fetched, the old set live', async () => {
    const vendor = await startVendor()
    mkdirSync(vendor.store)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', vendor.store])
    try {
      const config = vendor.configure()
      const update = (...args: string[]) =>
        runDefs(['update', '--json', '--config', config, ...args], { env: { DEFS_STORE_RESERVE: '0' } })
      vendor.certify({ set: '20261120.003' })
      expect((await update()).json).toMatchObject({ exitCode: 0 })
      const name = vendor.certify({ set: '20261121.001', files: randomFiles(2_500_000) })
      vendor.http.requests.length = 0
      expect((await update()).json).toMatchObject({ exitCode: 6, error: { code: 'STORE_FULL' } })
      expect(vendor.http.requests.filter(({ url }) => url.includes(name))).toEqual([])
      expect(lookAt(vendor.store)).toMatchObject({ current: '20261120.003', leftovers: [], damage: [] })
      // A size that lies about what comes out of the package: full while unpacking.
      vendor.certify({ set: '20261121.002', files: randomFiles(1_560_000), item: { FullSize: '1000' } })
      expect((await update()).json).toMatchObject({ exitCode: 6, error: { code: 'STORE_FULL' } })
      expect(lookAt(vendor.store)).toMatchObject({ current: '20261120.003', leftovers: [], damage: [] })
      vendor.certify({ set: '20261121.003' })
      expect((await update()).json).toMatchObject({ exitCode: 0, current: '20261121.003' })
    } finally {
      execFileSync('umount', [vendor.store])
      await vendor.close()
    }
  })
})

const hasStrace = spawnSync('strace', ['-V']).status === 0

describe.skipIf(!hasStrace)('a file system that knows no links', () => {
  it('has no `current`, and is updated all the same', async () => {
    const vendor = await startVendor()
    try {
      const config = vendor.configure()
      const noLinks = { call: 'symlink', effect: 'error=EPERM', when: 1 }
      for (const set of ['20261120.003', '20261121.001']) {
        vendor.certify({ set })
        const { ended, injected } = await runTraced(
          ['update', '--json', '--config', config],
          noLinks,
          vendor.store,
        )
        expect([injected, ended.json]).toMatchObject([true, { exitCode: 0, current: set }])
      }
      const link = join(vendor.store, 'VirusDefs', 'current')
      expect(existsSync(link)).toBe(false)
      expect(lookAt(vendor.store)).toMatchObject({ current: '20261121.001', leftovers: [], damage: [] })
      expect((await runDefs(['doctor', '--json', '--config', config])).json).toMatchObject({ findings: [] })
      // The store was moved to one that does: the next set has its link.
      vendor.certify({ set: '20261121.002' })
      expect((await runDefs(['update', '--config', config])).code).toBe(0)
      expect(readlinkSync(link)).toBe('20261121.002')
      rmSync(link)
      expect((await runDefs(['doctor', '--json', '--config', config])).json).toMatchObject({ exitCode: 6 })
    } finally {
      await vendor.close()
    }
  })
})

describe('a run killed at any moment', () => {
  it('leaves the old set live or the new one, and a clean store after the next run', async () => {
    const vendor = await startVendor()
    try {
      const config = vendor.configure()
      const update = () => runDefs(['update', '--json', '--config', config])
      vendor.certify({ set: '20261101.001' })
      expect((await update()).code).toBe(0)
      let span = 600
      let before = '20261101.001'
      let killed = 0
      for (let round = 1; killed < 20 && round <= 40; round++) {
        const set = `20261102.${String(round).padStart(3, '0')}`
        vendor.certify({ set, files: randomFiles(400_000) })
        const begun = Date.now()
        const run = startDefs(['update', '--config', config])
        const timer = setTimeout(() => run.child.kill('SIGKILL'), span * (0.3 + 0.7 * Math.random()))
        // A run that ended before its time tells how long one takes on this machine at this moment.
        if ((await run.ended).signal === 'SIGKILL') killed++
        else span = Date.now() - begun
        clearTimeout(timer)
        const look = lookAt(vendor.store)
        expect([before, set]).toContain(look.current)
        expect(look.damage).toEqual([])
        expect((await update()).json).toMatchObject({ exitCode: 0, current: set })
        expect(lookAt(vendor.store)).toMatchObject({ current: set, leftovers: [], damage: [] })
        before = set
      }
      expect(killed).toBe(20)
    } finally {
      await vendor.close()
    }
  }, 120_000)
})
