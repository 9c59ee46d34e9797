import { EventEmitter } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Environment } from '../../src/cli/environment.ts'
import { main } from '../../src/cli/run.ts'

/** A folder to work in, and the command line run in it. */
export interface Bench {
  readonly root: string
  readonly signals: EventEmitter
  /** Writes a file below the folder and returns its path. */
  put(name: string, text: string): string
  run(line: string | readonly string[], parts?: Partial<Environment>): Promise<Ran>
  remove(): void
}

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as the contract describes it
  readonly json: any
}

export function openBench(): Bench {
  const root = mkdtempSync(join(tmpdir(), 'defs-cli-'))
  const signals = new EventEmitter()
  mkdirSync(join(root, 'cwd'))
  return {
    root,
    signals,
    put(name, text) {
      const path = join(root, name)
      mkdirSync(dirname(path), { recursive: true })
      // A program that runs may be reading it at this moment.
      if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text, { mode: 0o640 })
      return path
    },
    async run(line, parts = {}) {
      const printed = { stdout: '', stderr: '' }
      const argv = typeof line === 'string' ? line.split(' ') : line
      const code = await main(argv, {
        stdout: { write: (text) => (printed.stdout += text) },
        stderr: { write: (text) => (printed.stderr += text) },
        env: {},
        cwd: join(root, 'cwd'),
        home: join(root, 'home'),
        systemConfig: join(root, 'etc'),
        uid: process.getuid?.() ?? null,
        signals,
        ...parts,
      })
      return { code, ...printed, json: argv.includes('--json') ? resultIn(printed.stdout) : undefined }
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** What a command printed as its result; one that runs on prints its events before it, a line each. */
function resultIn(stdout: string): unknown {
  const lines = stdout.trimEnd().split('\n')
  return JSON.parse(
    lines.length > 1 && lines.every((line) => line.startsWith('{')) ? (lines.at(-1) ?? '') : stdout,
  )
}
