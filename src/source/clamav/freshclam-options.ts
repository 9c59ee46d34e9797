import { DefsError } from '../../error.ts'

/** The options of a freshclam.conf, as freshclam.conf(5) has their types. */
export interface FreshclamOptions {
  readonly names: readonly string[]
  has(name: string): boolean
  /** Every value of an option that may stand several times. */
  all(name: string): readonly string[]
  /** The last value; null when the option is not there. */
  text(name: string): string | null
  /** Whether the option is not switched off; what is not there counts as on. */
  on(name: string): boolean
  /** @throws CONFIG_INVALID */
  number(name: string): number | null
}

/** Reads the lines `Option value`; a hash begins a comment, quotes around a value are taken off. */
export function readFreshclamOptions(text: string, path: string): FreshclamOptions {
  const options = new Map<string, string[]>()
  for (const line of text.split(/\r?\n/)) {
    const [, name, value = ''] = /^\s*([A-Za-z][A-Za-z0-9]*)(?:\s+(.*?))?\s*$/.exec(line) ?? []
    if (name !== undefined) options.set(name, [...(options.get(name) ?? []), value.replace(/^"(.*)"$/, '$1')])
  }
  const last = (name: string) => options.get(name)?.at(-1) ?? null
  return {
    names: [...options.keys()],
    has: (name) => options.has(name),
    all: (name) => options.get(name) ?? [],
    text: last,
    on: (name) => !isNo(last(name)),
    number(name) {
      const value = last(name)
      if (value === null || /^\d{1,6}$/.test(value)) return value === null ? null : Number(value)
      throw new DefsError('CONFIG_INVALID', `${path}: ${name} must be a number`, { path })
    },
  }
}

/** Whether a value is one of those that switch an option off. */
export function isNo(value: string | null): boolean {
  return value !== null && /^(no|false|0)$/i.test(value)
}
