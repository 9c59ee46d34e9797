import { resolve } from 'node:path'
import { parseCron } from './cron.ts'
import { formatBytes, formatDuration, parseBytes, parseDuration, readAllowance } from './measure.ts'
import { type Option, type OptionType, readAddress } from './options/option.ts'
import { didYouMean } from './problem.ts'

/** A value as somebody gave it. */
export interface Given {
  /** As data: from a file any JSON value; from a flag or variable a text, or a list of texts. */
  readonly value: unknown
  /** A scalar exactly as written; null for a list. */
  readonly text: string | null
  /** The same for the elements of a list. */
  readonly texts: readonly (string | null)[]
  /** Folder that relative paths start from. */
  readonly folder: string
  /** True for flags and variables, where everything is text. */
  readonly textual: boolean
}

/** The value as the option's type has it, or what is wrong with it (never repeating a secret). */
export type ValueReading = { readonly value: unknown } | { readonly problem: string }

type Read = (given: Given, option: Option) => ValueReading

const problem = (text: string): ValueReading => ({ problem: text })

// A number or date where text is wanted is taken as it was written: `version: 6.50` means "6.50".
function readText({ value, text }: Given): ValueReading {
  const scalar = typeof value === 'string' || typeof value === 'number' || value instanceof Date
  // `argv: [x, {set}]` is a table to YAML.
  if (!scalar) return problem(isTable(value) ? "must be text: quote it, as '{set}'" : 'must be text')
  const content = typeof value === 'string' ? value : (text ?? String(value))
  if (content.trim() === '') return problem('is empty')
  // A line break in a name or path is a mistake, and a way to forge lines of a log.
  return /[\u0000-\u001f\u007f]/.test(content) ? problem('contains control characters') : { value: content }
}

function isTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readProse({ value }: Given): ValueReading {
  if (typeof value !== 'string' || value.trim() === '') return problem('must be text')
  const content = value.replaceAll('\r\n', '\n')
  return /[\u0000-\u0008\u000b-\u001f\u007f]/.test(content)
    ? problem('contains control characters')
    : { value: content }
}

function readNumber(
  unit: (text: string) => number | null,
  hint: string,
  show: (value: number) => string,
): Read {
  return (given, { least = 0, most = Number.MAX_SAFE_INTEGER }) => {
    const text = typeof given.value === 'string' ? given.value : (given.text ?? String(given.value))
    const value = unit(text)
    if (value === null || !Number.isSafeInteger(value)) return problem(hint)
    if (value < least) return problem(`must be at least ${show(least)}`)
    return value > most ? problem(`must be at most ${show(most)}`) : { value }
  }
}

function readBoolean({ value, textual }: Given): ValueReading {
  if (typeof value === 'boolean') return { value }
  if (textual && typeof value === 'string') {
    if (/^(true|yes|on|1)$/i.test(value)) return { value: true }
    if (/^(false|no|off|0)$/i.test(value)) return { value: false }
  }
  return problem('must be true or false')
}

function readChoice(given: Given, option: Option): ValueReading {
  const reading = readText(given)
  if ('problem' in reading) return reading
  const allowed = option.values ?? []
  const text = String(reading.value)
  if (allowed.includes(text)) return reading
  return problem(`must be one of ${allowed.join(', ')}${didYouMean(text, allowed)}`)
}

function readPath(given: Given): ValueReading {
  const reading = readText(given)
  if ('problem' in reading) return reading
  // A shell would have put the home folder there; here it would be a folder of that name.
  if (/^~(\/|$)/.test(String(reading.value)))
    return problem("must be written in full: '~' is not replaced here")
  return { value: resolve(given.folder, String(reading.value)) }
}

function readSocket(given: Given): ValueReading {
  const reading = readText(given)
  const network = 'value' in reading && /^[^\\/]+:\d{1,5}$/.test(String(reading.value))
  return network ? reading : readPath(given)
}

// A public key in base64 begins with its algorithm, `Ed`.
function readPublicKey(given: Given): ValueReading {
  const reading = readText(given)
  const key = 'value' in reading && /^RW[A-Za-z0-9+/]{54}$/.test(String(reading.value))
  return key ? reading : readPath(given)
}

function readAddressValue(given: Given, option: Option): ValueReading {
  const reading = readText(given)
  if ('problem' in reading) return reading
  const address = readAddress(String(reading.value), option.schemes ?? [], given.folder, option.query)
  return typeof address === 'string' ? problem(address) : { value: address }
}

function readTime(given: Given): ValueReading {
  const reading = readText(given)
  if ('problem' in reading) return reading
  const valid = /^([01]\d|2[0-3]):[0-5]\d$/.test(String(reading.value))
  return valid ? reading : problem("must be a time of day, written 'HH:MM'")
}

function readCronValue(given: Given): ValueReading {
  const reading = readText(given)
  if ('problem' in reading) return reading
  const cron = parseCron(String(reading.value))
  return typeof cron === 'string' ? problem(cron) : reading
}

function readList(readElement: Read): Read {
  return (given, option) => {
    if (!Array.isArray(given.value)) return problem('must be a list, written [a, b]')
    const values: unknown[] = []
    for (const [index, value] of given.value.entries()) {
      const reading = readElement({ ...given, value, text: given.texts[index] ?? null }, option)
      if ('problem' in reading) return problem(`element ${index + 1} ${reading.problem}`)
      values.push(reading.value)
    }
    // No address is no default to fall back on, unlike no anchors or no arguments.
    if (values.length === 0 && option.type === 'addresses') return problem('must not be empty')
    const { most = Number.POSITIVE_INFINITY } = option
    return values.length > most ? problem(`must have at most ${most} elements`) : { value: values }
  }
}

function readTable({ value }: Given): ValueReading {
  return isTable(value) ? { value } : problem('must be a table of keys')
}

function readLabels({ value }: Given): ValueReading {
  const given = value === '{}' ? {} : value
  const table = typeof given === 'object' && given !== null && !Array.isArray(given) ? given : null
  if (table === null) return problem('must be a table of texts, written { site: berlin }')
  const labels = Object.entries(table).map(([key, text]) => [key, String(text)] as const)
  const wrong = labels.find(([key, text]) => !/^[\w.-]{1,64}$/.test(key) || text === '' || text.length > 128)
  return wrong
    ? problem(`'${wrong[0]}' must have a text of at most 128 characters`)
    : { value: Object.fromEntries(labels) }
}

function readAllowanceValue({ value, text }: Given): ValueReading {
  const allowance = readAllowance(typeof value === 'number' ? value : (text ?? value))
  return allowance === null
    ? problem('must be a number of hosts, or percent written 0.5%')
    : { value: allowance }
}

function readFraction({ value }: Given): ValueReading {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  const fits = typeof number === 'number' && number >= 0 && number <= 1
  return fits ? { value: number } : problem('must be a number from 0 to 1')
}

const durationHint = 'must be a duration with its unit, written 90s, 5m, 36h or 7d'
const bytesHint = 'must be a size: bytes, or a number with KiB, MiB or GiB'
const countHint = 'must be a whole number'
const count = (text: string) => (/^\d{1,15}$/.test(text.trim()) ? Number(text) : null)

const readers = {
  text: readText,
  prose: readProse,
  texts: readList(readText),
  path: readPath,
  paths: readList(readPath),
  socket: readSocket,
  publicKey: readPublicKey,
  integer: readNumber(count, countHint, String),
  bytes: readNumber(parseBytes, bytesHint, formatBytes),
  duration: readNumber(parseDuration, durationHint, formatDuration),
  boolean: readBoolean,
  choice: readChoice,
  choices: readList(readChoice),
  address: readAddressValue,
  addresses: readList(readAddressValue),
  time: readTime,
  cron: readCronValue,
  labels: readLabels,
  allowance: readAllowanceValue,
  fraction: readFraction,
  tables: readList(readTable),
} satisfies Record<OptionType, Read>

/** Reads a given value as the option's row has it. */
export function readValue(given: Given, option: Option): ValueReading {
  if (option.unset !== undefined && given.value === option.unset) return { value: null }
  return readers[option.type](given, option)
}

/** Folders of a published tree that are no channels. */
const reserved = new Set(['metadata', 'fleet', 'sets', 'auto'])

/** Whether a text can name a channel of the internal server: it is a folder in an address. */
export function isChannelName(text: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,62}$/.test(text) && !reserved.has(text)
}

/** Whether an address is this machine's own. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}

/** `host:port`, the host in brackets where it has colons. */
export const hostAndPort = /^\[?([^\\/[\]]+)\]?:(\d{1,5})$/
