import { expect, test } from 'vitest'
import { parseFtpListing, plainEntries } from '../../src/transport/ftp-listing.ts'
import { processorTime } from '../support/processor-time.ts'

const unix = '-rw-r--r--    1 ftp      ftp            11 Nov 21  2026 a.zip'
const entry = [['a.zip', false, 11]]

test.each<[string, string, unknown[]]>([
  ['of a Unix server', unix, entry],
  ['with a total first', `total 4\n${unix}`, entry],
  ['with the dot of SELinux', unix.replace('--    1', '--.   1'), entry],
  ['with an extended attribute', unix.replace('--    1', '--@   1'), entry],
  ['with an odd last line', `${unix}\r\nls: cannot open directory\r\n.`, entry],
  [
    'with only odd lines between',
    `${unix}\n<JUNCTION>\n${unix.replace('a.zip', 'b.zip')}`,
    [...entry, ['b.zip', false, 11]],
  ],
  ['of Windows', '11-21-26  11:09AM                   11 a.zip', entry],
  [
    'of Windows, with a link and commas',
    '11-21-26  11:09AM       <JUNCTION>     there [C:\\there]\r\n11-21-26  11:09AM            1,234,567 b.zip',
    [
      ['there', true, null],
      ['b.zip', false, 1_234_567],
    ],
  ],
  [
    'of Windows, with a link of odd names',
    '11-21-26  11:09AM  <SYMLINKD>  [a] b\r\n11-21-26  11:09AM  <JUNCTION>  c]\r\n11-21-26  11:09AM  <JUNCTION>  d [x] [y]',
    [
      ['[a] b', true, null],
      ['c]', true, null],
      ['d', true, null],
    ],
  ],
  ['of facts', 'type=file;size=11;modify=20261121000000; a.zip', entry],
  ['of facts in capitals', 'Type=File;Size=11;Modify=20261121000000; a.zip', entry],
  ['of folders in capitals', 'Type=Dir;Modify=20261121000000; there', [['there', true, null]]],
  ['that is empty', '', []],
])('a listing %s', (_, text, expected) => {
  const found = plainEntries(parseFtpListing(text, 'ftp://host/'))
  expect(found.map(({ name, folder, bytes }) => [name, folder, bytes])).toEqual(expected)
})

test('a line of brackets without end takes no time', async () => {
  const text = `11-21-26  11:09AM  <JUNCTION> a${' ['.repeat(40_000)}`
  expect(await processorTime(() => parseFtpListing(text, 'ftp://host/'))).toBeLessThan(500)
})
