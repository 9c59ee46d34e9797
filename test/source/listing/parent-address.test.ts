import { join, parse, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { parentAddress } from '../../../src/source/listing/folder-source.ts'

it('goes one folder up and keeps the login', () => {
  expect(parentAddress('ftp://u:p@host:2121/a/b/')).toBe('ftp://u:p@host:2121/a/')
  expect(parentAddress('http://host/a')).toBe('http://host/')
  expect(parentAddress('file:///a/b/')).toBe('file:///a/')
  expect(parentAddress(join(resolve('a'), 'b'))).toBe(resolve('a'))
})

it('stops at the root', () => {
  expect(parentAddress('http://host/')).toBeNull()
  expect(parentAddress('http://host')).toBeNull()
  expect(parentAddress('http://')).toBeNull()
  expect(parentAddress(parse(resolve('.')).root)).toBeNull()
})
