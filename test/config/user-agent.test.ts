import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { options } from '../../src/config/options/main.ts'

it('the default user agent names this version', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(options['network.userAgent'].default).toBe(`defs/${version}`)
})
