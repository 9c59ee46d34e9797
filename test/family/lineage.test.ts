import { expect, it } from 'vitest'
import { lineageOf } from '../../src/family/lineage.ts'

it.each([
  [['main.cvd', 'daily.cld'], 'clamav'],
  [['local.ign2', 'defs-canary.hsb'], 'clamav'],
  [['rules/emerging-dns.rules', 'LICENSE'], 'suricata'],
  [['emerging.rules', 'x.yar'], 'suricata'],
  [['pack/a.YARA', 'readme.md'], 'yara'],
  [['VIRSCAN1.DAT', 'v.grd'], 'other'],
  [['evil.list'], 'other'],
  [[], 'other'],
])('%j is %s', (names, lineage) => {
  expect(lineageOf(names.map((name) => ({ name })))).toBe(lineage)
})
