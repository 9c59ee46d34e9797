import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { boundPartial } from '../../src/fetch/fetch.ts'
import { limits } from '../../src/limits.ts'
import { partialFolder } from '../support/fetching.ts'

let partial: string
let remove: () => void
beforeEach(() => {
  ;({ partial, remove } = partialFolder())
})
afterEach(() => remove())

function pair(letter: string, bytes: number, age: number): void {
  const key = letter.repeat(64)
  writeFileSync(join(partial, `${key}.json`), '{}')
  writeFileSync(join(partial, `${key}.part`), Buffer.alloc(bytes))
  const time = Date.now() / 1000 - age
  utimesSync(join(partial, `${key}.part`), time, time)
}

test('removes what is no pair, then the oldest until the rest fits', async () => {
  pair('a', 100, 10)
  pair('b', 100, 30)
  pair('c', 100, 20)
  writeFileSync(join(partial, `${'d'.repeat(64)}.part`), 'alone')
  writeFileSync(join(partial, `${'e'.repeat(64)}.json`), 'alone')
  writeFileSync(join(partial, 'stray'), 'x')
  mkdirSync(join(partial, 'folder'))
  await boundPartial(partial, 200)
  expect(readdirSync(partial).map((name) => name[0] ?? '')).toEqual(['a', 'a', 'c', 'c'])
  await boundPartial(partial, 0)
  expect(readdirSync(partial)).toEqual([])
})

test('removes the oldest of many, however small', async () => {
  const letters = [...'0123456789ab']
  for (const [index, letter] of letters.entries()) pair(letter, 1, 100 - index)
  await boundPartial(partial, 1000)
  const kept = new Set(readdirSync(partial).map((name) => name[0]))
  expect(kept).toEqual(new Set(letters.slice(-limits.partialEntries)))
})

test('a folder that is not there is an error of the store', async () => {
  await expect(boundPartial(join(partial, 'none'), 0)).rejects.toMatchObject({ code: 'STORE_IO' })
})
