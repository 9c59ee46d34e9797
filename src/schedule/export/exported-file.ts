import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../../disk/atomic-file.ts'
import { DefsError, storeError } from '../../error.ts'
import type { Job } from '../rule.ts'

/** A file for another scheduler. */
export interface ExportedFile {
  readonly name: string
  readonly text: string
  /** How to write it. A text in UTF-16 begins with its byte order mark. */
  readonly encoding: 'utf8' | 'utf16le'
}

/** How this program is called on the machine that the files are for. */
export interface Installation {
  /** The program with what must come first, as `['/usr/bin/defs']` or `[node, script]`; absolute paths. */
  readonly program: readonly [string, ...string[]]
  /** The configuration file, as an absolute path; null to let the program find it. */
  readonly config: string | null
  /** The name that jitter is made from; null for no jitter of ours. */
  readonly host: string | null
  /** The family it is for, where the configuration has such; null for the only one. */
  readonly family: string | null
  /** The default source: whoever schedules it means a usual update, with its fallbacks. Null for none. */
  readonly usual: string | null
}

/**
 * The program and the arguments that do a job.
 * @throws USAGE_ARGUMENT when one holds a control character, which no format of a scheduler can carry
 */
export function commandFor(
  { source, channel }: Job,
  { program, config, family, usual }: Installation,
): readonly [string, ...string[]] {
  const where = [
    ...(config === null ? [] : ['--config', config]),
    ...(family === null ? [] : ['--family', family]),
  ]
  const work =
    channel === null
      ? ['update', '--quiet', ...(source === usual ? [] : ['--source', source]), '--scheduled']
      : ['publish', '--quiet', '--from', source, '--channel', channel]
  return refuseControl([...program, ...work, ...where])
}

type OfFamily = Pick<Installation, 'family'>

/** The name of what is made for a job: a unit, a task. */
export function unitName({ source, channel }: Job, { family }: OfFamily): string {
  const of = family === null ? '' : `${family}-`
  return channel === null ? `defs-update-${of}${source}` : `defs-publish-${of}${source}-${channel}`
}

/** What a job does, for people. */
export function purposeOf({ source, channel }: Job, { family }: OfFamily): string {
  const of = family === null ? '' : ` (${family})`
  return channel === null ? `Update definitions from ${source}${of}` : `Mirror ${source} into ${channel}${of}`
}

/** @throws USAGE_ARGUMENT when one of the texts holds a control character */
export function refuseControl<T extends readonly string[]>(texts: T): T {
  const bad = texts.find((text) => /[\u0000-\u001f\u007f]/.test(text))
  if (bad === undefined) return texts
  throw new DefsError(
    'USAGE_ARGUMENT',
    `${JSON.stringify(bad)} holds a control character: no scheduler can run it`,
  )
}

/** Writes files for another scheduler into a folder, made when missing; returns their paths. @throws STORE_* */
export async function writeExported(files: readonly ExportedFile[], folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw storeError(error, `making ${folder}`)
  })
  const paths: string[] = []
  for (const { name, text, encoding } of files) {
    const path = join(folder, name)
    await writeFileAtomic(path, Buffer.from(text, encoding), 0o644)
    paths.push(path)
  }
  return paths
}

/** Times of a day that are all combinations of some hours, minutes and seconds. */
export interface ClockGroup {
  readonly hours: readonly number[]
  readonly minutes: readonly number[]
  readonly seconds: readonly number[]
}

/** Splits times (milliseconds after midnight) into few groups, for formats that only know combinations. */
export function clockGroups(times: readonly number[]): ClockGroup[] {
  const seconds = times.map((time) => Math.floor(time / 1000))
  return products(seconds, 3600).flatMap(({ high: hours, low: rests }) =>
    products(rests, 60).map(({ high: minutes, low }) => ({ hours, minutes, seconds: low })),
  )
}

interface Product {
  readonly high: readonly number[]
  readonly low: readonly number[]
}

/** The values as combinations `high * base + low`, found from either side; the fewer win. */
function products(values: readonly number[], base: number): Product[] {
  const highOf = (value: number) => Math.floor(value / base)
  const lowOf = (value: number) => value % base
  const byHigh = alike(values, highOf, lowOf).map(({ keys, rests }) => ({ high: keys, low: rests }))
  const byLow = alike(values, lowOf, highOf).map(({ keys, rests }) => ({ high: rests, low: keys }))
  return byLow.length < byHigh.length ? byLow : byHigh
}

type Part = (value: number) => number

/** Keys that have the same rests, together. */
function alike(values: readonly number[], keyOf: Part, restOf: Part): { keys: number[]; rests: number[] }[] {
  const restsOf = new Map<number, number[]>()
  for (const value of values) {
    const rests = restsOf.get(keyOf(value))
    if (rests) rests.push(restOf(value))
    else restsOf.set(keyOf(value), [restOf(value)])
  }
  const groups = new Map<string, { keys: number[]; rests: number[] }>()
  for (const [key, rests] of restsOf) {
    const group = groups.get(rests.join())
    if (group) group.keys.push(key)
    else groups.set(rests.join(), { keys: [key], rests })
  }
  return [...groups.values()]
}
