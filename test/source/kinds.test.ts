import { expect, it } from 'vitest'
import { sourceOptions } from '../../src/config/options/source.ts'
import { sourceKinds } from '../../src/source/kinds.ts'

it('has a source for every kind that the option table knows, and for no other', () => {
  expect(Object.keys(sourceKinds).sort()).toEqual(Object.keys(sourceOptions).sort())
})
