import { isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Allowance } from '../measure.ts'

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
  /** A table of texts by free names. */
  labels: Readonly<Record<string, string>>
  /** A number of hosts, or percent of them. */
  allowance: Allowance
  /** A number from 0 to 1. */
  fraction: number
  /** A list of tables that somebody else understands. */
  tables: readonly Readonly<Record<string, unknown>>[]
}

/** How an option is written and read. */
export type OptionType = keyof Values

/** One row of the option table: all that is known of one key. */
export interface Option {
  readonly type: OptionType
  /** The value when nobody sets it, in its read form; null when there is none. */
  readonly default:
    | string
    | number
    | boolean
    | readonly string[]
    | Readonly<Record<string, string>>
    | Allowance
    | null
  /** For people, in one sentence; stands in docs/options.md. */
  readonly description: string
  /** Allowed values of `choice` and `choices`. */
  readonly values?: readonly string[]
  /** URL schemes an address may have, without the colon; `path` admits an absolute folder. */
  readonly schemes?: readonly string[]
  /** True for an http or https address that may have a query: a key, which is never shown. */
  readonly query?: boolean
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

/** A place on the network or in the file system, its login taken out so that it can be printed. */
export interface Address {
  /** Without user name and password. */
  readonly url: string
  readonly username: string | null
  readonly password: string | null
}

/**
 * Reads an address. An absolute path, or one that starts with `./` or `../`, is a folder and becomes a `file:`
 * address. Returns what is wrong as text; the text never repeats the address, which may hold a password.
 */
export function readAddress(
  text: string,
  schemes: readonly string[],
  folder: string,
  query = false,
): Address | string {
  if (schemes.includes('file') && (isAbsolute(text) || /^\.\.?[\\/]/.test(text))) {
    return { url: pathToFileURL(resolve(folder, text)).href, username: null, password: null }
  }
  const expected = `write ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return `is no address: ${expected}`
  if (!URL.canParse(text)) return 'is no address: it cannot be read as a URL'
  const url = new URL(text)
  const scheme = url.protocol.slice(0, -1)
  if (!schemes.includes(scheme)) return `has the scheme ${scheme}: ${expected}`
  if (url.hostname === '' && scheme !== 'file') return 'names no host'
  const keyed = query && scheme.startsWith('http')
  if ((url.search !== '' && !keyed) || url.hash !== '')
    return "must not have a query ('?') or a fragment ('#')"
  const username = decode(url.username)
  const password = decode(url.password)
  if (username === undefined || password === undefined) {
    return 'has a user name or password that is not percent-encoded correctly'
  }
  url.username = ''
  url.password = ''
  return { url: url.href, username: username || null, password: password || null }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
