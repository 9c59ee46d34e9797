import { DefsError } from '../error.ts'

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
}

/**
 * The program and the arguments that update from a source.
 * @throws USAGE_ARGUMENT when one holds a control character, which no format of a scheduler can carry
 */
export function commandFor(
  source: string,
  { program, config }: Installation,
): readonly [string, ...string[]] {
  const where = config === null ? [] : ['--config', config]
  const command = [...program, 'update', '--quiet', '--source', source, ...where] as const
  return refuseControl(command)
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
