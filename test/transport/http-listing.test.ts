import { describe, expect, it } from 'vitest'
import { readListing } from '../../src/transport/http-listing.ts'
import { processorTime } from '../support/processor-time.ts'

const folder = new URL('http://updates.example/pub/defs/')
const page = (...hrefs: string[]) =>
  `<html><head><title>Index of /pub/defs/</title></head><body>${hrefs
    .map((href) => `<a href="${href}">x</a>  21-Nov-2026 06:00  7\n`)
    .join('')}</body></html>`
const names = (...hrefs: string[]) =>
  readListing(page(...hrefs), 'text/html', folder)?.map(({ name }) => name)

describe('the index of a folder', () => {
  it.each([
    ['a plain name', 'a.zip', 'a.zip'],
    ['the whole path', '/pub/defs/a.zip', 'a.zip'],
    ['the whole address', 'http://updates.example/pub/defs/a.zip', 'a.zip'],
    ['an escaped name', 'a%20b.zip', 'a b.zip'],
    ['a folder', 'sub/', 'sub'],
  ])('takes %s', (_, href, name) => {
    expect(names(href)).toEqual([name])
  })

  it.each([
    ['another server', 'http://elsewhere.example/pub/defs/a.zip'],
    ['another port', 'http://updates.example:8080/pub/defs/a.zip'],
    ['another scheme', 'https://updates.example/pub/defs/a.zip'],
    ['a question, as for another order of the table', 'a.zip?C=M;O=A'],
    ['the folder above', '../'],
    ['a folder beside, as long', '/pub/data/a.zip'],
    ['a file below a folder', 'sub/a.zip'],
    ['a folder below by escapes', 'sub%2Fa.zip'],
    ['the folder itself', './'],
    ['a backslash', 'a%5Cb'],
    ['a line end', 'a%0Ab'],
  ])('passes over %s', (_, href) => {
    expect(names(href, 'good.zip')).toEqual(['good.zip'])
  })
})

it('a page of one tag without end takes no time', async () => {
  const text = `<title>Index of /</title><a ${'href="x" '.repeat(20_000)}`
  const time = await processorTime(() => expect(readListing(text, 'text/html', folder)).toEqual([]))
  expect(time).toBeLessThan(500)
})
