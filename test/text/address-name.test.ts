import { expect, it } from 'vitest'
import { isAddressName } from '../../src/text/file-name.ts'

it.each([
  '1304903044jtun_streamset.zip',
  'a b.zip',
  'x',
  'a-b_c.d$20',
  "it's(1)+[2]",
  'console.zip',
  '.hidden',
])('takes %j', (name) => expect(isAddressName(name)).toBe(true))

it.each([
  '',
  '.',
  '..',
  'a/b',
  'a\\b',
  'c:x',
  'a\nb',
  'a\u007f',
  '\u202egpj.exe',
  'ä',
  ' a',
  'a ',
  'a.',
  'a..b',
  'a*',
  'a|b',
  '"a"',
  'a<b',
  'AUX',
  'com1.zip',
  'a%2e',
  'x'.repeat(241),
])('refuses %j', (name) => expect(isAddressName(name)).toBe(false))
