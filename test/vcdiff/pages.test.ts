import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BufferPool } from '../../src/thread/buffer-pool.ts'
import { Pages } from '../../src/vcdiff/pages.ts'
import { noise } from './workbench.ts'

const page = 64 * 1024
const bytes = noise(10 * page + 17, 'pages')

let folder: string
let file: string
let descriptor: number
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-pages-'))
  file = join(folder, 'base')
  writeFileSync(file, bytes)
  descriptor = openSync(file, 'r')
})
afterEach(() => {
  closeSync(descriptor)
  rmSync(folder, { recursive: true })
})

const open = () => new Pages(descriptor, bytes.length, 'the base')

function take(pages: Pages, from: number, length: number): Buffer {
  const to = Buffer.alloc(length)
  pages.copy(from, to, 0, length)
  return to
}

describe('the pages of a base', () => {
  it('hold what the file does, whichever way the windows move and whatever they held before', () => {
    const first = open()
    first.beginWindow(0, bytes.length)
    for (let from = 0; from < bytes.length; from += 1000) take(first, from, 20)
    first.release()
    const second = open()
    for (const start of [7 * page, 2 * page, 9 * page, 0, 10 * page]) {
      const length = Math.min(2 * page, bytes.length - start)
      second.beginWindow(start, length)
      for (let from = start; from < start + length - 3000; from += 1777)
        expect(take(second, from, 3000).equals(bytes.subarray(from, from + 3000))).toBe(true)
    }
    expect(take(second, bytes.length - 17, 17)).toEqual(bytes.subarray(-17))
  })

  it('are read once while windows want them, and anew once they were left behind', () => {
    const pages = open()
    pages.beginWindow(0, 3 * page)
    const before = take(pages, page, 8)
    truncateSync(file, 0)
    pages.beginWindow(page, 2 * page)
    expect(take(pages, page, 8)).toEqual(before)
    pages.beginWindow(2 * page, page)
    pages.beginWindow(page, page)
    expect(() => take(pages, page, 8)).toThrow(expect.objectContaining({ code: 'STORE_IO' }))
  })
})

describe('a pool of buffers', () => {
  it('gives out what was given back, and else a new one', () => {
    const pool = new BufferPool(() => Buffer.alloc(3))
    const [one, other] = [pool.take(), pool.take()]
    expect(one).not.toBe(other)
    pool.give(one)
    expect(pool.take()).toBe(one)
    expect(pool.take()).not.toBe(one)
  })
})
