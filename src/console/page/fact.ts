import type { Json } from '../facts.ts'
import { type Html, html } from './html.ts'
import { asText, type Show } from './words.ts'

/** The value at a path with dots; undefined where there is none. */
export function at(body: Json, path: string): unknown {
  let value: unknown = body
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = Reflect.get(value, key)
  }
  return value
}

/** The objects of a list; none where there is no list. */
export function items(body: Json, path: string): Json[] {
  const value = at(body, path)
  if (!Array.isArray(value)) return []
  return value.filter((item): item is Json => typeof item === 'object' && item !== null)
}

/** A text at a path; empty where there is none. */
export function word(body: Json, path: string): string {
  const value = at(body, path)
  return typeof value === 'string' ? value : ''
}

/** A number at a path; null where there is none. */
export function number(body: Json, path: string): number | null {
  const value = at(body, path)
  return typeof value === 'number' ? value : null
}

/** A value as scripts and monitors read it from the page. */
export function dataValue(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/**
 * A value of `--json`, shown for people and marked for scripts with its path and value.
 * @param name the path in the whole object, where `body` is a part of it
 */
export function fact(body: Json, path: string, show: Show = asText, name = path): Html {
  return factOf(name, at(body, path), show)
}

/** The same of a value that is not found by its path alone. */
export function factOf(name: string, value: unknown, show: Show = asText): Html {
  return html`<span data-fact="${name}" data-value="${dataValue(value)}">${show(value)}</span>`
}

/** One line of a list of facts: what it is, and how it stands. */
export function row(label: string, ...value: readonly Html[]): Html {
  return html`<div><dt>${label}</dt><dd>${value}</dd></div>`
}

/** The same; a line that nobody needs to see, as nothing is in it, is there for scripts only. */
export function rowUnless(empty: boolean, label: string, ...value: readonly Html[]): Html {
  return empty ? html`<div hidden><dt>${label}</dt><dd>${value}</dd></div>` : row(label, ...value)
}

/** The object at a path; an empty one where there is none. */
export function part(body: Json, path: string): Json {
  const value = at(body, path)
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
