import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesBelow(path) : [path]
  })
}

/** The comments of a file, with what breaks their lines taken away. */
function commentsOf(path: string): string {
  const comments = readFileSync(path, 'utf8').match(/\/\*\*?[\s\S]*?\*\/|^\s*\/\/.*(\n\s*\/\/.*)*/gm) ?? []
  return comments.join('\n\n').replaceAll(/\n\s*(\*|\/\/) ?/g, ' ')
}

const comments = ['src', 'test', 'build', 'fixtures', 'bench']
  .flatMap((folder) => filesBelow(join(root, folder)))
  .filter((path) => /\.(ts|mjs|js)$/.test(path) && path !== fileURLToPath(import.meta.url))
  .map((path) => ({ file: relative(root, path), text: commentsOf(path) }))

/** Documents by their path from the root, with the sections that the comment names: `docs/contract.md sections 3 and 5`. */
const citations = comments.flatMap(({ file, text }) =>
  [...text.matchAll(/\b([\w./-]+\.md)\b(?: (sections? [\d.]+\d*(?:(?:,| and| to) \d[\d.]*)*))?/g)].map(
    ([, document = '', where = '']) => ({
      file,
      document,
      sections: where.match(/\d+(\.\d+)*/g) ?? [],
    }),
  ),
)

describe('what comments cite', () => {
  it('is found', () => {
    expect(citations.filter(({ file }) => file.startsWith('src/')).length).toBeGreaterThan(50)
    expect(citations.filter(({ sections }) => sections.length > 0).length).toBeGreaterThan(50)
  })

  it('is a document of this repository', () => {
    const absent = citations.filter(
      ({ file, document }) =>
        ![root, join(root, dirname(file))].some((from) => existsSync(join(from, document))),
    )
    expect(absent.map(({ file, document }) => `${file} cites ${document}`)).toEqual([])
  })

  it('is a section that the document has', () => {
    const absent = citations.filter(({ document, sections }) => {
      const path = join(root, document)
      if (sections.length === 0 || !existsSync(path)) return false
      const text = readFileSync(path, 'utf8')
      return !sections.every((number) =>
        new RegExp(`^#+ ${number.replaceAll('.', '\\.')}[. ]`, 'm').test(text),
      )
    })
    expect(absent.map(({ file, document, sections }) => `${file}: ${document} ${sections}`)).toEqual([])
  })

  it('is never named in a way that only its writer understands', () => {
    const vague = comments.filter(({ text }) => /\bcontract sections? \d|\bseeds? 0\d\d\b/i.test(text))
    expect(vague.map(({ file }) => file)).toEqual([])
  })
})
