import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { eventsPage, exitCodesPage, optionsPage } from '../../build/docs.ts'
import { seedsPage } from '../contract/seeds.ts'

const docs = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs')

// `npm run docs` runs this file with --update, which writes the pages.
describe('the pages that are made from the tables of the program', () => {
  it.each([
    ['options.md', optionsPage],
    ['events.md', eventsPage],
    ['exit-codes.md', exitCodesPage],
    ['seeds.md', seedsPage],
  ])('docs/%s is what the tables say; else run `npm run docs`', async (name, page) => {
    await expect(page()).toMatchFileSnapshot(join(docs, name))
  })
})
