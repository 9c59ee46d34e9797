import type { Config } from '../config/config.ts'

/** The keys of two configurations that differ, for people: `schedule, sources.rapid, store.keep`. No values. */
export function changedKeys(before: Config, after: Config): string {
  const keys = changes('', before, after)
  return keys.length === 0 ? 'nothing' : keys.join(', ')
}

function changes(path: string, before: unknown, after: unknown): readonly string[] {
  const [one, other] = [tableOf(before), tableOf(after)]
  // Down to keys that stand below a group; what is deeper, or a list, changes as a whole.
  if (one === null || other === null || path.split('.').length > 1) {
    return textOf(before) === textOf(after) ? [] : [path]
  }
  const names = [...new Set([...one.keys(), ...other.keys()])]
  return names.flatMap((name) =>
    changes(path === '' ? name : `${path}.${name}`, one.get(name), other.get(name)),
  )
}

function tableOf(value: unknown): ReadonlyMap<string, unknown> | null {
  if (value instanceof Map) return value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return new Map(Object.entries(value))
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (inner instanceof Map ? [...inner] : inner)) ?? ''
}
