import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { scannerKinds } from '../../src/scanner/kinds.ts'

it('has a file for every kind of scanner', () => {
  const files = readdirSync(new URL('../../src/scanner/', import.meta.url))
  for (const kind of Object.keys(scannerKinds)) expect(files).toContain(`${kind}.ts`)
})
