import type { Address } from './address.ts'

/** What a configured value is once read; durations are milliseconds, sizes bytes, paths absolute. */
interface Values {
  text: string
  /** Text that may have several lines. */
  prose: string
  texts: readonly string[]
  path: string
  paths: readonly string[]
  integer: number
  bytes: number
  duration: number
  boolean: boolean
  choice: string
  choices: readonly string[]
  address: Address
  addresses: readonly Address[]
  /** Path of a Unix socket, or `host:port`. */
  socket: string
  /** A minisign public key, or the path of a file of such. */
  publicKey: string
  /** A time of day, `HH:MM`. */
  time: string
  cron: string
  /** A list of tables that somebody else understands. */
  tables: readonly Readonly<Record<string, unknown>>[]
}

/** How an option is written and read. */
export type OptionType = keyof Values

/** One row of the option table: all that is known of one key. */
export interface Option {
  readonly type: OptionType
  /** The value when nobody sets it, in its read form; null when there is none. */
  readonly default: string | number | boolean | readonly string[] | null
  /** For people, in one sentence; stands in the README. */
  readonly description: string
  /** Allowed values of `choice` and `choices`. */
  readonly values?: readonly string[]
  /** URL schemes an address may have, without the colon; `path` admits an absolute folder. */
  readonly schemes?: readonly string[]
  /** Least allowed number (bytes, milliseconds or count), and the greatest. */
  readonly least?: number
  readonly most?: number
  /** A word that stands for no value. */
  readonly unset?: string
  /** True when the key must be there. */
  readonly required?: boolean
  /** For keys that have a meaning only with some `scanner.kind`. */
  readonly only?: readonly string[]
}

/** Options by key path. */
export type OptionRows = Readonly<Record<string, Option>>

type ReadValue<Row extends Option> = Row extends { values: readonly (infer Value)[] }
  ? Row['type'] extends 'choices'
    ? readonly Value[]
    : Value
  : Values[Row['type']]

type ValueOf<Row extends Option> = Row extends { required: true }
  ? ReadValue<Row>
  : Row['default'] extends null
    ? ReadValue<Row> | null
    : ReadValue<Row>

/** The values that a table of options reads to. */
export type Settings<Rows extends OptionRows> = { readonly [Path in keyof Rows]: ValueOf<Rows[Path]> }
