import { expect, it } from 'vitest'
import { scannerOptions } from '../../src/config/options/scanner.ts'
import { scannerKinds } from '../../src/scanner/kinds.ts'

it('has a scanner for every kind that the option table knows, and for no other', () => {
  expect(Object.keys(scannerKinds).sort()).toEqual([...scannerOptions['scanner.kind'].values].sort())
})
