import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exitCodeOf, exitCodes } from '../../src/cli/exit-code.ts'
import { checkFamilies } from '../../src/config/resolve.ts'
import { deeds, questions } from '../../src/console/api/endpoint.ts'
import { errorCodes } from '../../src/error.ts'
import { openBench } from '../cli/world.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** Every page of Markdown, by its path in the repository. */
const pages = new Map(
  [
    '.',
    'docs',
    'docs/decisions',
    'bench',
    'findings',
    'fixtures',
    '.github',
    '.github/ISSUE_TEMPLATE',
  ].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name): [string, string] => {
        const path = join(folder, name)
        return [path, readFileSync(join(root, path), 'utf8')]
      }),
  ),
)

function page(path: string): string {
  const text = pages.get(path)
  if (text === undefined) throw new Error(`there is no ${path}`)
  return text
}

/** What a heading can be linked by, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))

describe('every page', () => {
  it('links to files and headings that are there', () => {
    const broken = [...pages].flatMap(([path, text]) =>
      [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)]
        .filter(([, file = '', anchor]) => {
          const target = file === '' ? path : join(dirname(path), file)
          if (!existsSync(join(root, target))) return true
          if (anchor === undefined) return false
          return !anchorsOf(readFileSync(join(root, target), 'utf8')).includes(anchor)
        })
        .map(([link]) => `${path}: ${link}`),
    )
    expect(broken).toEqual([])
  })

  it('is led to from the README, in one step or two', () => {
    const linked = (path: string) =>
      [...page(path).matchAll(/\]\(([^)#:\s]+)/g)].map(([, file = '']) => join(dirname(path), file))
    const near = linked('README.md').filter((path) => pages.has(path))
    const reached = new Set([...near, ...near.flatMap(linked)])
    const guides = [...pages.keys()].filter((path) => path.startsWith('docs'))
    expect(guides.filter((path) => !reached.has(path))).toEqual([])
  })
})

describe('the README', () => {
  const readme = page('README.md')

  it('is short', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(223)
  })

  it('names every command', async () => {
    const bench = openBench()
    const { stdout } = await bench.run(['--help'])
    bench.remove()
    const commands = [...stdout.matchAll(/^ {2}([a-z]+)(?:\|[a-z]+)? /gm)].map(([, name = '']) => name)
    expect(commands.length).toBeGreaterThan(20)
    const missing = commands.filter(
      (name) => name !== 'help' && !new RegExp(`\\| \`defs ${name}\\b`).test(readme),
    )
    expect(missing).toEqual([])
  })

  it('has every exit code by its name', () => {
    const rows = [...readme.matchAll(/^\| (\d+) \| ([a-z-]+) \|/gm)].map(([, code, name]) => [code, name])
    expect(rows).toEqual(Object.entries(exitCodes))
  })
})

describe('docs/console.md', () => {
  it('names every endpoint of the API', () => {
    const text = page('docs/console.md')
    const paths = [...questions, ...deeds].map(({ path }) => path.slice(1).replace(/:.*$/, ''))
    expect(paths.filter((path) => !new RegExp(`\`(POST )?${path}[\`?A-Z]`).test(text))).toEqual([])
  })
})

describe('docs/troubleshooting.md', () => {
  const text = page('docs/troubleshooting.md')
  const sections = new Map(
    text
      .split(/^### /m)
      .slice(1)
      .map((section): [string, string] => [section.split('\n')[0] ?? '', section]),
  )

  it('has a section for every error code and no other', () => {
    expect([...sections.keys()].toSorted()).toEqual([...errorCodes].toSorted())
  })

  it.each(errorCodes)('%s: its exit code, what it means, what to do', (code) => {
    const [, exit, meaning, advice] =
      /^Exit code (\d+)\. (.+)\n\n\*\*Do:\*\* (.+)$/m.exec(sections.get(code) ?? '') ?? []
    expect(exit).toBe(String(exitCodeOf[code]))
    expect(meaning?.length).toBeGreaterThan(20)
    expect(advice?.length).toBeGreaterThan(7)
  })
})

describe('the configurations that the pages show', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'defs-docs-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const shown = [...pages].flatMap(([path, text]) =>
    [...text.matchAll(/^( *)```yaml\n([\s\S]*?)^ *```$/gm)].map(([, indent = '', block = ''], index) => ({
      name: `${path}, number ${index + 1}`,
      block: block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    })),
  )

  it('are found', () => expect(shown.length).toBeGreaterThan(8))

  it.each(shown)('$name is good', async ({ block }) => {
    const file = join(folder, 'defs.yaml')
    writeFileSync(file, block)
    const { problems } = await checkFamilies({
      file,
      env: {},
      cwd: folder,
      home: folder,
      uid: null,
      secrets: false,
    })
    // A page may show a part of a file; anchors are said once and left out of the parts.
    expect(problems.filter(({ path }) => path !== 'trust.anchors')).toEqual([])
  })
})

describe('what is in the repository for those who take part', () => {
  it.each([
    'CONTRIBUTING.md',
    'SECURITY.md',
    'CODE_OF_CONDUCT.md',
    'LICENSE',
    'CHANGELOG.md',
    '.editorconfig',
  ])('%s', (name) => expect(statSync(join(root, name)).size).toBeGreaterThan(100))

  it('names the scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    const named = [...pages].flatMap(([path, text]) =>
      [...text.matchAll(/npm run ([a-z][a-z:-]*)/g)].map(([, script = '']) => ({ path, script })),
    )
    const missing = named.filter(({ script }) => scripts[script] === undefined)
    expect(missing.map(({ path, script }) => `${relative('.', path)}: npm run ${script}`)).toEqual([])
  })
})
