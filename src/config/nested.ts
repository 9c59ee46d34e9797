/** The keys of `S` below one table, without its name. */
export type Below<S, Table extends string> = {
  readonly [Path in keyof S as Path extends `${Table}.${infer Rest}` ? Rest : never]: S[Path]
}

type TableOf<Path> = Path extends `${infer Table}.${string}` ? Table : Path

/**
 * Values by key path as the tables that the file has: `'store.keep': number` becomes `store: { keep: number }`. What the
 * configuration is to the rest of `defs` is read off the option table this way, so a new option is one row of it.
 */
export type Nested<S> = {
  readonly [Key in TableOf<keyof S> & string]: Key extends keyof S ? S[Key] : Nested<Below<S, Key>>
}

/** Puts values by key path into tables. */
export function nest<S extends object>(values: S): Nested<S> {
  const root: Record<string, unknown> = {}
  for (const [path, value] of Object.entries(values)) {
    const keys = path.split('.')
    const last = keys.pop() ?? ''
    let table = root
    for (const key of keys) {
      const inner = (table[key] ?? {}) as Record<string, unknown>
      table[key] = inner
      table = inner
    }
    table[last] = value
  }
  return root as Nested<S>
}
