import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { readCommandLine } from '../../src/cli/program.ts'

// Every command line that a document shows is one that the program takes. Nothing is run.

const quiet = { stdout: { write: () => true }, stderr: { write: () => true } }
const documents = ['README.md', ...readdirSync(resolve('docs')).map((name) => `docs/${name}`)]

/** Lines of a block, and code within lines, that begin with `defs`; comments and what a shell does with them left out. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/^ {4,}(?:[A-Z_]+=\S+ )?(defs .*)$/gm)].map(([, line = '']) => line)
  const inline = [...text.matchAll(/`(defs [^`]+)`/g)].map(([, line = '']) => line.replaceAll(/\s+/g, ' '))
  return [...blocks, ...inline].map((line) =>
    line
      .replace(/\s+#.*$/, '')
      .replace(/\s+(?:[|>]|&&|;).*$/, '')
      .trim(),
  )
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)]
    .map(([, single, double, plain]) => single ?? double ?? plain ?? '')
    .slice(1)
}

// Words that stand for something.
const stands: Readonly<Record<string, string>> = {
  SET: '20261121.003',
  DATE: '2026-11-21',
  SECONDS: '60',
  ROLE: 'root',
}

it.each(documents.filter((name) => name.endsWith('.md')))(
  '%s shows commands that there are',
  async (name) => {
    const wrong: string[] = []
    for (const line of new Set(commandsIn(readFileSync(resolve(name), 'utf8')))) {
      // The grammar of a command, and not one that is typed.
      if (/\bCOMMAND\b|[<[\\]|\.\.\./.test(line)) continue
      const argv = wordsOf(line).map((word) => stands[word] ?? word)
      const error = await readCommandLine(argv, quiet).then(
        () => null,
        (thrown: Error) => thrown.message,
      )
      if (error !== null && !lacksOnly(error)) wrong.push(`${line}: ${error}`)
    }
    expect(wrong).toEqual([])
  },
)

// In a sentence a command may be named without what it needs.
function lacksOnly(error: string): boolean {
  return /^(missing required argument|required option|no command was given)|argument missing/.test(error)
}
