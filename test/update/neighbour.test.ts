import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SharedSepConfig } from '../../src/config/config.ts'
import { readForeign } from '../../src/disk/foreign-file.ts'
import { DefsError, type ErrorCode, isDefsError } from '../../src/error.ts'
import { currentSet } from '../../src/source/shared-sep/current-set.ts'
import type { Run } from '../../src/update/run.ts'
import { updateFromSharedSep } from '../../src/update/shared-sep.ts'
import type { VerifiedState } from '../../src/update/state.ts'
import type { Outcome } from '../../src/update/try-sources.ts'

let path: string
let pauses: number[]
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'defs-neighbour-'))
  pauses = []
  writeFileSync(join(path, 'definfo.dat'), '[DefDates]\nCurDefs=20261120.003\n')
  mkdirSync(join(path, '20261120.003'))
})
afterEach(() => rmSync(path, { recursive: true, force: true }))

const done: Outcome = { source: 'shared', taken: null, why: 'same', reason: 'same' }
let turn = 0
const ownerWrites = () => {
  turn += 1
  writeFileSync(join(path, '20261120.003', 'VIRSCAN1.DAT'), 'x'.repeat(turn))
}

/** How often `take` was called, and the code it ended with; null when it ended well. */
async function attempt(take: (call: number) => Outcome): Promise<{ calls: number; code: ErrorCode | null }> {
  const source = { kind: 'shared-sep', name: 'shared', path, register: false } as SharedSepConfig
  const run = {
    signal: new AbortController().signal,
    config: { network: { tries: 3 } },
    context: { emit: () => undefined, sleep: async (time: number) => void pauses.push(time) },
  } as unknown as Run
  let calls = 0
  try {
    await updateFromSharedSep(source, {} as VerifiedState, run, async () => {
      calls += 1
      return take(calls)
    })
    return { calls, code: null }
  } catch (error) {
    if (!isDefsError(error)) throw error
    return { calls, code: error.code }
  }
}

function fail(code: ErrorCode): never {
  throw new DefsError(code, 'as the test wants')
}

describe('updateFromNeighbour', () => {
  it('copies again when the folder changed under a failed copy', async () => {
    const ended = await attempt((call) => {
      if (call === 3) return done
      ownerWrites()
      return fail(call === 1 ? 'TRUST_DIGEST' : 'STORE_IO')
    })
    expect(ended).toEqual({ calls: 3, code: null })
    expect(pauses).toHaveLength(2)
    expect(pauses[1]).toBeGreaterThan(pauses[0] ?? Number.POSITIVE_INFINITY)
  })

  it('sees that definfo.dat names another set, and that a set went', async () => {
    const ended = await attempt((call) => {
      if (call === 3) return done
      if (call === 2) rmSync(join(path, '20261121.001'), { recursive: true })
      else {
        mkdirSync(join(path, '20261121.001'))
        writeFileSync(join(path, 'definfo.dat'), '[DefDates]\nCurDefs=20261121.001\n')
      }
      return fail('TRUST_FILE_MISSING')
    })
    expect(ended).toEqual({ calls: 3, code: null })
  })

  it.each([
    ['its set', '20261120.003'],
    ['definfo.dat', 'definfo.dat'],
  ])('copies again what was read when %s was not to be seen before', async (_, name) => {
    rmSync(join(path, name), { recursive: true })
    expect(await attempt((call) => (call === 2 ? done : fail('TRUST_DIGEST')))).toEqual({
      calls: 2,
      code: null,
    })
    expect(await attempt(() => fail('SOURCE_NOT_FOUND'))).toEqual({ calls: 1, code: 'SOURCE_NOT_FOUND' })
  })

  it('gives up when it never holds still', async () => {
    const ended = await attempt(() => {
      ownerWrites()
      return fail('TRUST_DIGEST')
    })
    expect(ended).toEqual({ calls: 3, code: 'SOURCE_INTERRUPTED' })
  })

  it('takes a failure for what it is when nothing changed', async () => {
    expect(await attempt(() => fail('TRUST_DIGEST'))).toEqual({ calls: 1, code: 'TRUST_DIGEST' })
  })

  it.each(['SCANNER_REFUSED', 'STORE_FULL', 'SOURCE_REFUSED', 'INTERRUPTED'] as const)(
    'does not repeat %s, whatever the owner does',
    async (code) => {
      const ended = await attempt(() => {
        ownerWrites()
        return fail(code)
      })
      expect(ended).toEqual({ calls: 1, code })
    },
  )
})

describe.skipIf(process.platform === 'win32')('files of another product that are something else', () => {
  it.each([
    ['a pipe', (file: string) => void execFileSync('mkfifo', [file])],
    ['a link to a device', (file: string) => symlinkSync('/dev/zero', file)],
    ['a link', (file: string) => symlinkSync(join(path, 'real'), file)],
  ])('asks no set of a definfo.dat that is %s', async (_, put) => {
    writeFileSync(join(path, 'real'), '[DefDates]\nCurDefs=20261120.003\n')
    rmSync(join(path, 'definfo.dat'))
    put(join(path, 'definfo.dat'))
    await expect(currentSet(path)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  })

  it.runIf(process.getuid?.() === 0)(
    'reads nothing for the owner of usage.dat that he could not',
    async () => {
      const secret = join(path, 'secret')
      const folder = join(path, 'sep')
      mkdirSync(join(folder, '20261120.003'), { recursive: true })
      writeFileSync(join(folder, 'definfo.dat'), '[DefDates]\nCurDefs=20261120.003\n')
      writeFileSync(secret, 'root only\n', { mode: 0o600 })
      chmodSync(path, 0o755)
      chownSync(folder, 65_534, 65_534)
      // The file is exchanged for a link and back, as fast as its owner can.
      const loop = `const { renameSync, symlinkSync, writeFileSync } = require('node:fs')
      const end = Date.now() + 3000
      while (Date.now() < end) {
        writeFileSync('f', '[Usage]\\n'); renameSync('f', 'usage.dat')
        symlinkSync('../secret', 'l'); renameSync('l', 'usage.dat')
      }`
      const nobody = spawn(process.execPath, ['-e', loop], { cwd: folder, uid: 65_534, gid: 65_534, env: {} })
      const ended = once(nobody, 'exit')
      const source = { kind: 'shared-sep', name: 'shared', path: folder, register: true } as SharedSepConfig
      const run = {
        signal: new AbortController().signal,
        config: { network: { tries: 1 }, product: { name: 'SMSMSE' } },
        context: { emit: () => undefined, sleep: async () => undefined },
      } as unknown as Run
      const state = { current: { set: '20261120.003' } } as VerifiedState
      let runs = 0
      let seen = 0
      while (nobody.exitCode === null) {
        await updateFromSharedSep(source, state, run, async () => done)
        runs += 1
        for (const name of readdirSync(folder)) {
          const file = join(folder, name)
          const stats = lstatSync(file, { throwIfNoEntry: false })
          if (!stats?.isFile()) continue
          if (
            await readForeign(file, 10_000).then(
              ({ bytes }) => bytes.includes('root only'),
              () => false,
            )
          )
            seen += 1
        }
      }
      expect((await ended)[0]).toBe(0)
      expect(runs).toBeGreaterThan(5)
      expect(seen).toBe(0)
    },
  )
})
