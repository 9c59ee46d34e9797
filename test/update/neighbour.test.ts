import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SharedSepConfig } from '../../src/config/config.ts'
import { DefsError, type ErrorCode, isDefsError } from '../../src/error.ts'
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
