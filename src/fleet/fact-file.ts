import { DefsError } from '../error.ts'
import { factShape } from './fact-shape.ts'
import type { Fact, FactBody } from './facts.ts'

/** The few things a fact file needs of the disk; each is done whole or not at all, and is on disk when it returns. */
export interface FactDisk {
  /** Null when there is no such file. */
  readonly read: (path: string) => Promise<string | null>
  /** Changes whenever the file does; `none` when there is none. */
  readonly mark: (path: string) => Promise<string>
  /** Appends in one write and flushes. */
  readonly append: (path: string, text: string) => Promise<void>
  /** Replaces a file by one rename; its text may come in pieces. */
  readonly replace: (path: string, text: string | Iterable<string>) => Promise<void>
}

/** Where facts lie: a log that only grows, and now and then a snapshot that takes its place. */
export interface FactPaths {
  readonly log: string
  readonly snapshot: string
}

/** Lines of the log from which a snapshot is worth its writing. */
const snapshotFrom = 2000

/**
 * All facts there are, oldest first. A line that a crash tore is passed over: it was never acted upon.
 * @throws STORE_RECORD when a fact is missing or makes no sense: a decision that is forgotten would be taken again
 */
export async function readFacts(paths: FactPaths, disk: FactDisk): Promise<readonly Fact[]> {
  return (await readNumbered(paths, disk)).facts
}

/** The facts, and the number that was given last: a snapshot may have left out the fact that bore it. */
async function readNumbered(
  paths: FactPaths,
  disk: FactDisk,
): Promise<{ readonly facts: readonly Fact[]; readonly last: number }> {
  const { upTo, facts } = snapshotIn(await disk.read(paths.snapshot), paths.snapshot)
  const log = linesOf(await disk.read(paths.log), paths.log).filter(({ n }) => n > upTo)
  for (const [index, { n }] of log.entries())
    if (n !== upTo + index + 1)
      throw broken(paths.log, `fact ${upTo + index + 1} is missing, fact ${n} stands in its place`)
  return { facts: [...facts, ...log], last: upTo + log.length }
}

/** The facts for whoever looks again and again: read anew only when somebody else has written. */
export class FactBook {
  readonly #paths: FactPaths
  readonly #disk: FactDisk
  #mark = ''
  #facts: readonly Fact[] = []
  #last = 0

  constructor(paths: FactPaths, disk: FactDisk) {
    this.#paths = paths
    this.#disk = disk
  }

  /** All facts, oldest first; the same list as long as there is no other. @throws STORE_* */
  async read(): Promise<readonly Fact[]> {
    const mark = await this.#markNow()
    if (mark !== this.#mark) {
      const { facts, last } = await readNumbered(this.#paths, this.#disk)
      this.#facts = facts
      this.#last = last
      this.#mark = mark
    }
    return this.#facts
  }

  /**
   * Adds facts behind those that are there, in one write; they are on disk when it returns. Whoever writes holds the
   * lock of the folder, so that numbers meet no others. @throws STORE_*
   */
  async add(bodies: readonly FactBody[], now: Date): Promise<void> {
    if (bodies.length === 0) return
    const there = await this.read()
    const last = this.#last
    const facts = bodies.map((body, index) => ({ ...body, n: last + index + 1, at: now.toISOString() }))
    const text = facts.map((fact) => `${JSON.stringify(fact)}\n`).join('')
    // Until it is known what came of it, what is remembered may not be all there is.
    this.#mark = ''
    // A line that a crash tore ends here.
    const log = await this.#disk.read(this.#paths.log)
    const torn = log !== null && log !== '' && !log.endsWith('\n')
    await this.#disk.append(this.#paths.log, torn ? `\n${text}` : text)
    this.#facts = [...there, ...facts]
    this.#last = last + facts.length
    this.#mark = await this.#markNow()
  }

  async #markNow(): Promise<string> {
    const { snapshot, log } = this.#paths
    return `${await this.#disk.mark(snapshot)} ${await this.#disk.mark(log)}`
  }
}

/**
 * Puts the facts that still mean something into the snapshot and empties the log, when that has grown long. The
 * snapshot says up to which number it reaches, so that a crash between the two steps counts nothing twice.
 * @throws STORE_*
 */
export async function compactFacts(
  stillMeant: (facts: readonly Fact[]) => readonly Fact[],
  paths: FactPaths,
  disk: FactDisk,
  from = snapshotFrom,
): Promise<boolean> {
  const log = await disk.read(paths.log)
  if ((log?.split('\n').length ?? 0) <= from) return false
  const { facts, last: upTo } = await readNumbered(paths, disk)
  const kept = stillMeant(facts)
  await disk.replace(paths.snapshot, `${JSON.stringify({ schema: 1, upTo, facts: kept }, null, 1)}\n`)
  await disk.replace(paths.log, '')
  return true
}

function snapshotIn(text: string | null, path: string): { readonly upTo: number; readonly facts: Fact[] } {
  if (text === null) return { upTo: 0, facts: [] }
  const value = parsed(text)
  if (typeof value !== 'object' || value === null || !('facts' in value) || !('upTo' in value))
    throw broken(path, 'it is no snapshot of facts')
  const { facts, upTo } = value
  if (!Array.isArray(facts) || typeof upTo !== 'number' || !Number.isSafeInteger(upTo) || upTo < 0)
    throw broken(path, 'it is no snapshot of facts')
  return { upTo, facts: facts.map((fact, index) => factOf(fact, path, `fact ${index + 1}`)) }
}

function linesOf(text: string | null, path: string): Fact[] {
  return (text ?? '').split('\n').flatMap((line, index) => {
    const value = line === '' ? undefined : parsed(line)
    return value === undefined ? [] : [factOf(value, path, `line ${index + 1}`)]
  })
}

function factOf(value: unknown, path: string, where: string): Fact {
  const fact = factShape(value)
  if (!fact) throw broken(path, `${where} is no fact that this version knows`)
  return fact
}

function broken(path: string, what: string): DefsError {
  const message = `${path}: ${what}: put it back from a copy; without it the controller would forget what was halted`
  return new DefsError('STORE_RECORD', message, { path })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
