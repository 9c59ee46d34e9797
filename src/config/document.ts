import { extname } from 'node:path'
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
} from 'yaml'
import type { Problem } from './problem.ts'

/** Where a value stands: keys and, in lists, numbers from 0. */
export type KeyPath = readonly (string | number)[]

/** A configuration file as data, with the way back to its lines. */
export interface ConfigDocument {
  readonly data: unknown
  readonly problems: readonly Problem[]
  /** Line of a key or list element, from 1; that of the nearest part above it when it is not there itself. */
  lineOf(place: KeyPath): number | null
  /** A scalar exactly as written (`6.50`, not 6.5), quotes left out; null when there is no scalar. */
  textOf(place: KeyPath): string | null
}

/**
 * Reads YAML or JSON as data. Nothing in it can run or multiply: tags, anchors, aliases and merge keys are refused before
 * data is made of it, and of cosmiconfig only the parser of JSON is used, never its explorer (which runs
 * `.config/config.js` of the working directory). Never throws: what is wrong is listed in `problems`.
 */
export async function readDocument(file: string, text: string): Promise<ConfigDocument> {
  const json = extname(file).toLowerCase() === '.json'
  const counter = new LineCounter()
  try {
    const document = parseDocument(text, { lineCounter: counter, prettyErrors: false })
    const root = document.contents
    const lineAt = (offset: number) => counter.linePos(offset).line
    // JSON has its own parser below; here it is looked at for what that parser lets pass.
    const errors = document.errors.filter((error) => !json || error.code === 'DUPLICATE_KEY')
    const unquoted = json ? [] : needQuotes(text)
    const found: Problem[] = errors.map((error) => ({
      path: '',
      line: lineAt(error.pos[0]),
      message:
        error.code === 'DUPLICATE_KEY' ? 'this key stands here twice' : `cannot be read (${error.message})`,
    }))
    if (!json) found.push(...refusedDirectives(text), ...refusedParts(root, lineAt))
    if (!json && found.length === 0) found.push(...refusedLetters(text), ...refusedNames(root, lineAt))
    // One missing quote has many consequences; it is told once.
    const problems = found.length > 0 && unquoted.length > 0 ? unquoted : found
    const read = () => (json ? dataOfJson(file, text, problems) : document.toJS())
    const data = problems.length > 0 ? undefined : text.trim() === '' ? {} : await read()
    return {
      data,
      problems,
      lineOf: (place) => lineOf(root, place, lineAt),
      textOf: (place) => textOf(find(root, place)),
    }
  } catch (error) {
    // Nesting deep enough to exhaust the parser's stack ends here.
    const message = error instanceof RangeError ? 'is nested too deeply' : 'cannot be read'
    return {
      data: undefined,
      problems: [{ path: '', line: null, message }],
      lineOf: () => null,
      textOf: () => null,
    }
  }
}

async function dataOfJson(file: string, text: string, problems: Problem[]): Promise<unknown> {
  // Few write JSON, and nobody else should wait for its parser.
  const { defaultLoaders } = await import('cosmiconfig')
  try {
    return defaultLoaders['.json'](file, text)
  } catch (error) {
    // The parser's message quotes the text around the fault, and that may hold a password.
    problems.push({ path: '', line: lineOfFault(error), message: 'is no JSON' })
    return undefined
  }
}

function lineOfFault(error: unknown): number | null {
  const match = error instanceof Error ? /\bline (\d+)|\((\d+):\d+\)/.exec(error.message) : null
  return match ? Number(match[1] ?? match[2]) : null
}

// Aliases let a short text grow without bound, tags ask for other types; neither has a use here.
/** Lines on which YAML takes a value for something else: as in an unquoted cron expression or `@daily`. */
function needQuotes(text: string): Problem[] {
  return text.split('\n').flatMap((line, index) =>
    /^[^#'"]*:\s+(\*(\/|\s|$)|@)/.test(line)
      ? [
          {
            path: '',
            line: index + 1,
            message: "a value that begins with * or @ must be quoted, as in cron: '*/15 * * * *'",
          },
        ]
      : [],
  )
}

// YAML allows no control characters but as escapes in quotes; the parser lets them pass. A carriage return alone is the
// end of a line to YAML and not to the parser, which would take what follows a comment for part of it.
const unprintable =
  /\r(?!\n)|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

function refusedLetters(text: string): Problem[] {
  const at = text.search(unprintable)
  if (at < 0) return []
  const alone = 'a carriage return must not end a line alone'
  const message = text[at] === '\r' ? alone : 'is no YAML (it has control characters)'
  return [{ path: '', line: text.slice(0, at).split('\n').length, message }]
}

// `%YAML 1.1` puts older rules in force: merge keys, `yes` for true, 010 for 8.
function refusedDirectives(text: string): Problem[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      line.startsWith('%')
        ? [{ path: '', line: index + 1, message: 'directives (%YAML, %TAG) are not allowed' }]
        : [],
    )
}

function refusedParts(root: Node | null, lineAt: (offset: number) => number): Problem[] {
  const problems: Problem[] = []
  const refuse = (node: Node, what: string) => {
    problems.push({ path: '', line: lineAt(node.range?.[0] ?? 0), message: `${what} are not allowed` })
  }
  visit(root, {
    Node(_, node) {
      if (isAlias(node)) return refuse(node, 'aliases (*name)')
      if (node.anchor) refuse(node, 'anchors (&name)')
      if (node.tag) refuse(node, 'tags (!name)')
    },
    Pair(_, { key }) {
      if (!isScalar(key)) return
      if (key.value === '<<' || key.source === '<<') refuse(key, 'merge keys (<<)')
      else if (typeof key.value === 'number' || typeof key.value === 'boolean')
        problems.push(misread(key, lineAt))
    },
  })
  return problems
}

/** Names that are none: nothing, a list or a table. */
function refusedNames(root: Node | null, lineAt: (offset: number) => number): Problem[] {
  const problems: Problem[] = []
  visit(root, {
    Pair(_, { key }) {
      if (isScalar(key) && key.value === null) problems.push(misread(key, lineAt))
      else if (!isScalar(key)) {
        const line = isNode(key) ? lineAt(key.range?.[0] ?? 0) : null
        problems.push({ path: '', line, message: 'a list or table stands here in place of a name' })
      }
    },
  })
  return problems
}

/** A name that YAML takes for something else than text. */
function misread({ value, source, range }: Scalar, lineAt: (offset: number) => number): Problem {
  const name = source ?? String(value)
  const taken = value === null ? 'nothing' : `the ${typeof value} ${value}`
  const message = `the name ${name} must be quoted ('${name}'): YAML takes it for ${taken}`
  const line = lineAt(range?.[0] ?? 0)
  return { path: '', line, message: source === '' ? 'a value stands here without a name' : message }
}

function step(node: unknown, part: string | number): { key: Node | null; value: unknown } | null {
  if (isSeq(node) && typeof part === 'number') {
    const value = node.items[part]
    return isNode(value) ? { key: value, value } : null
  }
  if (!isMap(node)) return null
  const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part))
  return pair ? { key: isNode(pair.key) ? pair.key : null, value: pair.value } : null
}

function find(root: unknown, place: KeyPath): unknown {
  let node = root
  for (const part of place) node = step(node, part)?.value
  return node
}

function lineOf(root: unknown, place: KeyPath, lineAt: (offset: number) => number): number | null {
  let node = root
  let offset: number | undefined
  for (const part of place) {
    const next = step(node, part)
    if (!next) break
    offset = next.key?.range?.[0]
    node = next.value
  }
  return offset === undefined ? null : lineAt(offset)
}

function textOf(node: unknown): string | null {
  if (!isScalar(node)) return null
  return node.type === 'PLAIN' && node.source !== undefined ? node.source : String(node.value)
}
