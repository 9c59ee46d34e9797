import { dirname, resolve } from 'node:path'
import type { ConfigDocument, KeyPath } from '../document.ts'
import type { OptionRows, OptionType } from '../options/option.ts'
import { didYouMean, type Problem } from '../problem.ts'
import type { FoundSetting } from '../settings.ts'

/** A table of the configuration file: keys and values, or elements. */
export type Table = Readonly<Record<string, unknown>>

/** Where a value of `config show` came from: `flag`, `variable DEFS_X`, `file:line` or `default`. */
export interface Shown {
  readonly value: unknown
  readonly type: OptionType
  readonly origin: string
}

/**
 * What is known while one configuration is checked: the file, and all that was found so far. It is the one
 * thing the checks write to.
 */
export interface CheckContext {
  readonly file: string | null
  readonly document: ConfigDocument | null
  readonly problems: Problem[]
  readonly shown: Map<string, Shown>
}

/** Key path of a place: `sources.rapid.url`, `schedule[0].cron`. */
export function pathOf(place: KeyPath): string {
  let path = ''
  for (const part of place) path += typeof part === 'number' ? `[${part}]` : path === '' ? part : `.${part}`
  return path
}

/** Takes a problem at a place of the file. */
export function report(context: CheckContext, place: KeyPath, message: string): void {
  const line = context.document?.lineOf(place) ?? null
  context.problems.push({ path: pathOf(place), line, message })
}

/** The table at a place; an empty one when nothing stands there. What is no table is reported. */
export function tableAt(context: CheckContext, place: KeyPath, value: unknown): Table {
  if (value === undefined || value === null) return {}
  if (typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date)) return value as Table
  report(context, place, 'must be a table of keys')
  return {}
}

/** A value of the file; null when the key is absent, or empty where that means the same. */
export function findInFile(
  context: CheckContext,
  table: Table,
  place: KeyPath,
  key: string,
): FoundSetting | null {
  const value = Object.hasOwn(table, key) ? table[key] : undefined
  const { file, document } = context
  if (value === undefined || value === null || file === null || document === null) return null
  const at = [...place, key]
  const line = document.lineOf(at)
  return {
    value,
    text: document.textOf(at),
    texts: Array.isArray(value) ? value.map((_, index) => document.textOf([...at, index])) : [],
    folder: dirname(resolve(file)),
    textual: false,
    origin: line === null ? file : `${file}:${line}`,
  }
}

/** Reports every key of a table that no row knows. */
export function reportUnknown(
  context: CheckContext,
  table: Table,
  place: KeyPath,
  known: readonly string[],
): void {
  for (const key of Object.keys(table)) {
    if (!known.includes(key)) {
      report(context, [...place, key], `is no key that is known here${didYouMean(key, known)}`)
    }
  }
}

/** The names of some rows. */
export function keysOf(rows: OptionRows): readonly string[] {
  return Object.keys(rows)
}
