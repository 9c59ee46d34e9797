import { DefsError } from '../error.ts'
import type { Job } from './job.ts'

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
  /** The default source: whoever schedules it means a usual update, with its fallbacks. Null for none. */
  readonly usual: string | null
}

/**
 * The program and the arguments that do a job.
 * @throws USAGE_ARGUMENT when one holds a control character, which no format of a scheduler can carry
 */
export function commandFor(
  { source, channel }: Job,
  { program, config, usual }: Installation,
): readonly [string, ...string[]] {
  const where = config === null ? [] : ['--config', config]
  const work =
    channel === null
      ? ['update', '--quiet', ...(source === usual ? [] : ['--source', source])]
      : ['publish', '--quiet', '--from', source, '--channel', channel]
  return refuseControl([...program, ...work, ...where])
}

/** The name of what is made for a job: a unit, a task. */
export function unitName({ source, channel }: Job): string {
  return channel === null ? `defs-update-${source}` : `defs-publish-${source}-${channel}`
}

/** What a job does, for people. */
export function purposeOf({ source, channel }: Job): string {
  return channel === null ? `Update definitions from ${source}` : `Mirror ${source} into ${channel}`
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
