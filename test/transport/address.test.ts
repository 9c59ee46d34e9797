import { describe, expect, it } from 'vitest'
import { shownText, shownUrl } from '../../src/text/shown-address.ts'

const key = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'

describe('an address as it may be printed', () => {
  it.each([
    ['https://host/a/b.hdb', 'https://host/a/b.hdb'],
    ['https://host/a/b.hdb?receipt=1', 'https://host/a/b.hdb?...'],
    [`https://host/signatures/${key}/b.hdb`, 'https://host/signatures/.../b.hdb'],
    [`https://host/${key}${key}/b.hdb?x=1`, 'https://host/.../b.hdb?...'],
    ['https://host/get/KEY0abcdef123456789K/b.hdb', 'https://host/get/.../b.hdb'],
    ['https://host/get?receipt=1#b.hdb', 'https://host/get?...#b.hdb'],
    // Names that only look long: no digit, or an ending.
    [
      'https://host/symantec_antivirus_corporate_edition/',
      'https://host/symantec_antivirus_corporate_edition/',
    ],
    ['https://host/rules-20261129-suricata7/emerging', 'https://host/rules-20261129-suricata7/emerging'],
    [`https://host/production/${key}${key}.livetri.zip`, `https://host/production/${key}${key}.livetri.zip`],
  ])('%s', (address, shown) => {
    expect(shownUrl(new URL(address))).toBe(shown)
    expect(shownText(`see ${address} twice: ${address}`)).toBe(`see ${shown} twice: ${shown}`)
  })

  it('has no login in a text, and other words stay', () => {
    expect(shownText('https://user:secret@host/a.hdb sha256:00')).toBe('https://host/a.hdb sha256:00')
    expect(shownText('local.hdb and /var/lib/x?y')).toBe('local.hdb and /var/lib/x?y')
    expect(shownText('http://127.0.0.1:8080/smsmse$20virus$20definitions_6.5')).toBe(
      'http://127.0.0.1:8080/smsmse$20virus$20definitions_6.5',
    )
  })
})
