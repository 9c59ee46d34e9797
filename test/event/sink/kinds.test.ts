import { expect, it } from 'vitest'
import { sinkOptions } from '../../../src/config/options/sink.ts'
import { sinkKinds } from '../../../src/event/sink/kinds.ts'

it('has a sink for every kind that the option table knows, and for no other', () => {
  expect(Object.keys(sinkKinds).sort()).toEqual(Object.keys(sinkOptions).sort())
})
