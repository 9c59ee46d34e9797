import type { Option, OptionRows, OptionType, Settings } from './options/option.ts'
import { type Given, readValue } from './read-value.ts'

/** A value somebody gave, and who. */
export interface FoundSetting extends Given {
  /** `flag`, `variable DEFS_X` or `file:line`. */
  readonly origin: string
}

/** What one group of options needs to be read. */
export interface SettingsReading<Rows extends OptionRows> {
  readonly rows: Rows
  /** The strongest of the given values; null when nobody gave one. */
  readonly find: (path: string, option: Option) => FoundSetting | null
  readonly report: (path: string, message: string, found: FoundSetting | null) => void
  /** Told of every value that was taken, and where it came from. */
  readonly note: (path: string, value: unknown, origin: string, type: OptionType) => void
}

/**
 * Reads a group of options row by row. A value that cannot be read is reported and the default stands in for
 * it, so that everything else can still be checked; the result is of use only when nothing was reported.
 */
export function readSettings<Rows extends OptionRows>(reading: SettingsReading<Rows>): Settings<Rows> {
  const values: Record<string, unknown> = {}
  for (const [path, option] of Object.entries(reading.rows)) {
    values[path] = readOne(path, option, reading)
  }
  return values as Settings<Rows>
}

function readOne<Rows extends OptionRows>(
  path: string,
  option: Option,
  reading: SettingsReading<Rows>,
): unknown {
  const found = reading.find(path, option)
  if (found === null) {
    if (option.required) reading.report(path, 'is missing', null)
    reading.note(path, option.default, 'default', option.type)
    return option.default
  }
  const read = readValue(found, option)
  if ('problem' in read) {
    reading.report(path, read.problem, found)
    return option.default
  }
  reading.note(path, read.value, found.origin, option.type)
  return read.value
}
