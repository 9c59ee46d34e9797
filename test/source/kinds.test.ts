import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { sourceKinds } from '../../src/source/kinds.ts'

// What the folder holds beside its kinds: the two roles and the table.
const others = ['kinds.ts', 'source.ts', 'transport.ts']

it('has one file for each kind, and no other file', () => {
  const folder = join(fileURLToPath(import.meta.url), '..', '..', '..', 'src', 'source')
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile())
  const kinds = files.map(({ name }) => name).filter((name) => !others.includes(name))
  expect(kinds.sort()).toEqual(
    Object.keys(sourceKinds)
      .map((kind) => `${kind}.ts`)
      .sort(),
  )
})
