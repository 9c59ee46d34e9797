import type { Fact, FactBody } from './facts.ts'

/** The few things a fact file needs of the disk; each is done whole or not at all, and is on disk when it returns. */
export interface FactDisk {
  /** Null when there is no such file. */
  readonly read: (path: string) => Promise<string | null>
  /** Appends in one write and flushes. */
  readonly append: (path: string, text: string) => Promise<void>
  /** Replaces a file by one rename. */
  readonly replace: (path: string, text: string) => Promise<void>
}

/** Where facts lie: a log that only grows, and now and then a snapshot that takes its place. */
export interface FactPaths {
  readonly log: string
  readonly snapshot: string
}

/** Lines of the log from which a snapshot is worth its writing. */
const snapshotFrom = 2000

/** All facts there are, oldest first. A line that a crash tore is passed over: it was never acted upon. */
export async function readFacts(paths: FactPaths, disk: FactDisk): Promise<Fact[]> {
  const { upTo, facts } = snapshotIn(await disk.read(paths.snapshot))
  const log = linesOf(await disk.read(paths.log)).filter(({ n }) => n > upTo)
  return [...facts, ...log]
}

/**
 * Adds facts behind those that are there; they are on disk when it returns. Whoever writes holds the lock of the
 * folder, so that numbers meet no others.
 * @returns the facts with their numbers
 */
export async function addFacts(
  bodies: readonly FactBody[],
  now: Date,
  paths: FactPaths,
  disk: FactDisk,
): Promise<Fact[]> {
  if (bodies.length === 0) return []
  const there = await readFacts(paths, disk)
  const last = there.at(-1)?.n ?? 0
  const facts = bodies.map((body, index) => ({ ...body, n: last + index + 1, at: now.toISOString() }))
  const log = await disk.read(paths.log)
  const torn = log !== null && log !== '' && !log.endsWith('\n')
  const text = facts.map((fact) => `${JSON.stringify(fact)}\n`).join('')
  await disk.append(paths.log, torn ? `\n${text}` : text)
  return facts
}

/**
 * Puts the facts that still mean something into the snapshot and empties the log, when that has grown long. The
 * snapshot says up to which number it reaches, so that a crash between the two steps counts nothing twice.
 */
export async function compactFacts(
  stillMeant: (facts: readonly Fact[]) => readonly Fact[],
  paths: FactPaths,
  disk: FactDisk,
  from = snapshotFrom,
): Promise<boolean> {
  const log = await disk.read(paths.log)
  if ((log?.split('\n').length ?? 0) <= from) return false
  const facts = await readFacts(paths, disk)
  const upTo = facts.at(-1)?.n ?? 0
  const kept = stillMeant(facts)
  await disk.replace(paths.snapshot, `${JSON.stringify({ schema: 1, upTo, facts: kept }, null, 1)}\n`)
  await disk.replace(paths.log, '')
  return true
}

function snapshotIn(text: string | null): { readonly upTo: number; readonly facts: readonly Fact[] } {
  const value: unknown = text === null ? null : parsed(text)
  if (typeof value !== 'object' || value === null || !('facts' in value) || !('upTo' in value))
    return { upTo: 0, facts: [] }
  const facts = Array.isArray(value.facts) ? value.facts.filter(isFact) : []
  return { upTo: typeof value.upTo === 'number' ? value.upTo : 0, facts }
}

function linesOf(text: string | null): Fact[] {
  return (text ?? '').split('\n').flatMap((line) => {
    const value = line === '' ? undefined : parsed(line)
    return isFact(value) ? [value] : []
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// Written by us alone, in a folder of ours alone: the numbers are looked at, the rest is taken as it is.
function isFact(value: unknown): value is Fact {
  return (
    typeof value === 'object' &&
    value !== null &&
    'n' in value &&
    Number.isSafeInteger(value.n) &&
    'fact' in value &&
    typeof value.fact === 'string' &&
    'at' in value &&
    typeof value.at === 'string'
  )
}
