import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, vi } from 'vitest'
import { openPackage } from '../../src/archive/open.ts'
import type { Opened } from '../../src/archive/opened.ts'
import type { ArchiveLimits } from '../../src/archive/reader.ts'
import type { Context } from '../../src/context.ts'
import { DefsError, type ErrorCode } from '../../src/error.ts'
import type { Report } from '../../src/event/report.ts'
import { limits } from '../../src/limits.ts'

const rooms: string[] = []

afterAll(() => {
  for (const room of rooms.splice(0)) rmSync(room, { recursive: true, force: true })
})

/** A new folder that goes when the file's tests are done. */
export function room(): string {
  const path = mkdtempSync(join(tmpdir(), 'defs-archive-'))
  rooms.push(path)
  return path
}

export function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex')
}

export function worldOf(reports: Report[] = []): Context {
  return {
    now: () => new Date(0),
    sleep: async () => {},
    random: () => 0.5,
    signal: new AbortController().signal,
    emit: (report) => reports.push(report),
  }
}

/** Writes `content` to a file of no telling name, when it is no path already, and opens it as a package. */
export async function opened(content: Buffer | string, bounds: Partial<ArchiveLimits> = {}): Promise<Opened> {
  const base = room()
  const file = typeof content === 'string' ? content : join(base, 'package.bin')
  if (typeof content !== 'string') writeFileSync(file, content)
  const directory = join(base, 'set')
  mkdirSync(directory)
  return openPackage(file, directory, {
    limits: { ...limits, ...bounds },
    algorithms: ['sha256'],
    context: worldOf(),
    signal: new AbortController().signal,
  })
}

/** Asserts that something fails with this code of ours. */
export async function expectCode(work: Promise<unknown>, code: ErrorCode): Promise<void> {
  const outcome = await work.then(
    () => 'no error',
    (error: unknown) => error,
  )
  expect(outcome).toBeInstanceOf(DefsError)
  expect(outcome).toHaveProperty('code', code)
}

export function names(set: Opened): string[] {
  return set.files.map((file) => file.name)
}

/** Every file below a folder, with its mode. */
export function tree(directory: string, below = ''): string[] {
  return readdirSync(join(directory, below), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? tree(directory, join(below, entry.name)) : [join(below, entry.name)],
  )
}

export function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}

/** Has something else happen wherever a file is to be flushed, until mocks are restored. */
export async function insteadOfFlushing(outcome: () => Promise<void>) {
  const any = await open(join(room(), 'any'), 'w')
  await any.close()
  return vi.spyOn(Object.getPrototypeOf(any) as typeof any, 'datasync').mockImplementation(outcome)
}

export async function failOfDisk(): Promise<never> {
  throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
}
