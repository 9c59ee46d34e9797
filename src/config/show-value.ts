import { shownText } from '../text/shown-address.ts'
import { formatBytes, formatDuration } from './measure.ts'
import type { Address, OptionType } from './options/option.ts'

/** A value as data that may be printed: addresses without logins and keys; the rest stays as it is. */
export function showable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(showable)
  if (typeof value === 'string') return shownText(value)
  return isAddress(value) ? shownText(value.url) : value
}

/** A value as it would stand in the file. */
export function writeValue(value: unknown, type: OptionType): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return `[${value.map((part) => writeValue(part, elementType(type))).join(', ')}]`
  if (isAddress(value)) return shownText(value.url)
  if (typeof value === 'string') return shownText(value)
  if (typeof value === 'number' && type === 'duration') return formatDuration(value)
  if (typeof value === 'number' && type === 'bytes') return formatBytes(value)
  if (typeof value === 'object' && 'percent' in value) return `${value.percent}%`
  if (typeof value === 'object' && 'hosts' in value && typeof value.hosts === 'number')
    return String(value.hosts)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function elementType(type: OptionType): OptionType {
  return type === 'addresses' ? 'address' : 'text'
}

function isAddress(value: unknown): value is Address {
  return typeof value === 'object' && value !== null && 'url' in value && 'password' in value
}
