/** The environment for a program of ours, without our own variables: they may hold secrets of other sinks. */
export function plainEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^DEFS_/i.test(name)))
}
