import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { sinkOptions } from '../../../src/config/options/sink.ts'
import { sinkKinds } from '../../../src/event/sink/kinds.ts'

// What the folder holds beside its kinds: the role, its configuration and the table.
const others = ['kinds.ts', 'sink.ts', 'sink-config.ts']

it('has one file for each kind, and no other file', () => {
  const folder = new URL('../../../src/event/sink/', import.meta.url)
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile())
  const kinds = files.map(({ name }) => name).filter((name) => !others.includes(name))
  const named = Object.keys(sinkKinds)
  expect(kinds.sort()).toEqual(named.map((kind) => `${kind}.ts`).sort())
  expect(Object.keys(sinkOptions).sort()).toEqual(named.sort())
})
