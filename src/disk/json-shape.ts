/** Reads one type out of parsed JSON; undefined when the value does not have it. */
export type Shape<T> = (value: unknown) => T | undefined

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

export function truth(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

/** One of a closed list of words. */
export function oneOf<const T extends string>(words: readonly T[]): Shape<T> {
  return (value) => words.find((word) => word === value)
}

/** The type or null; a missing value is null, so that a record of an older version still reads. */
export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value) => (value === null || value === undefined ? null : shape(value))
}

/** An object with exactly these keys; others, of a newer version, are passed over. */
export function object<T extends object>(shapes: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> {
  return (value) => {
    if (!isObject(value)) return undefined
    const read: Partial<T> = {}
    for (const key in shapes) {
      const part = shapes[key](value[key])
      if (part === undefined) return undefined
      read[key] = part
    }
    return read as T
  }
}

/** A list; elements that do not fit are left out, so that one bad entry does not cost the others. */
export function listOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value) => (Array.isArray(value) ? value.flatMap((element) => shape(element) ?? []) : undefined)
}

/** A table by free names; entries that do not fit are left out. */
export function tableOf<T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value) => {
    if (!isObject(value)) return undefined
    const entries = Object.entries(value).flatMap(([key, element]) => {
      const read = shape(element)
      return read === undefined ? [] : [[key, read] as const]
    })
    return Object.fromEntries(entries)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
