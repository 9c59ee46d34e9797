import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { prepareStore } from '../../src/hawking/prepare.ts'
import { moveToQuarantine } from '../../src/hawking/quarantine.ts'
import type { Store } from '../../src/hawking/store.ts'
import { limits } from '../../src/limits.ts'
import { quickFolder, storeAt } from './world.ts'

let root: string
let other: string
let store: Store
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'defs-quarantine-'))
  other = quickFolder()
  store = storeAt(root)
  await prepareStore(store, null)
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
  rmSync(other, { recursive: true, force: true })
})

const evidence = { set: null, code: 'TRUST_DIGEST', problems: ['x'] } as const
const borders = existsSync('/dev/shm') && statSync('/dev/shm').dev !== statSync(tmpdir()).dev

function badSet(): string {
  const set = join(other, '20261121.003')
  mkdirSync(join(set, 'sub'), { recursive: true })
  writeFileSync(join(set, 'VIRSCAN.DAT'), 'bad')
  writeFileSync(join(set, 'sub', 'v.grd'), 'guard')
  return set
}

describe.skipIf(!borders)('what lies on another file system than the quarantine', () => {
  it('is copied there whole, and gone from where it was', async () => {
    const set = badSet()
    const place = (await moveToQuarantine(store, set, evidence)) ?? ''
    expect(readdirSync(place, { recursive: true, encoding: 'utf8' }).sort()).toEqual([
      'VIRSCAN.DAT',
      'sub',
      join('sub', 'v.grd'),
    ])
    expect(readFileSync(join(place, 'VIRSCAN.DAT'), 'utf8')).toBe('bad')
    expect(existsSync(set)).toBe(false)
    expect(JSON.parse(readFileSync(join(dirname(place), 'evidence.json'), 'utf8'))).toMatchObject({
      from: set,
      code: 'TRUST_DIGEST',
    })
  })

  it('is removed when it is larger than the quarantine may be, and its evidence stays', async () => {
    const set = badSet()
    truncateSync(join(set, 'VIRSCAN.DAT'), limits.quarantine + 1)
    expect(await moveToQuarantine(store, set, evidence)).toBeNull()
    expect(existsSync(set)).toBe(false)
    const [entry = ''] = readdirSync(store.quarantine)
    expect(readdirSync(join(store.quarantine, entry))).toEqual(['evidence.json'])
  })
})
