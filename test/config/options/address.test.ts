import { describe, expect, it } from 'vitest'
import { readAddress } from '../../../src/config/options/option.ts'

const all = ['http', 'https', 'ftp', 'ftps', 'file']
const read = (text: string) => readAddress(text, all, '/etc/defs')

describe('an address', () => {
  it.each([
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/', null, null],
    ['ftp://anna:se%40cret@host/a/', 'ftp://host/a/', 'anna', 'se@cret'],
    ['ftps://anna@host:990/', 'ftps://host:990/', 'anna', null],
    ['file:///srv/defs/', 'file:///srv/defs/', null, null],
    ['/srv/my defs', 'file:///srv/my%20defs', null, null],
    ['./drop', 'file:///etc/defs/drop', null, null],
  ])('%s', (text, url, username, password) => {
    expect(read(text)).toEqual({ url, username, password })
  })

  it.each([
    'localhost:8080/',
    'gopher://host/',
    'http://',
    'http://host/?key=1',
    'http://host/#x',
    'ftp://anna:%zz@host/',
    'javascript:alert(1)',
  ])('%s is refused without being repeated', (text) => {
    const problem = read(text)
    expect(problem).toEqual(expect.any(String))
    expect(problem).not.toContain(text)
  })

  it('of a proxy may be no folder', () => {
    expect(readAddress('/srv/defs', ['http', 'https'], '/')).toEqual(expect.any(String))
  })
})
