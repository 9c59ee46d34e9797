import type { Run } from './run.ts'

/** Where and within which bounds a package is fetched. */
export function placeOf({ config, store, deadline }: Run) {
  return {
    partial: store.partial,
    reserve: config.store.reserve,
    maxBytes: config.limits.package,
    throughput: config.network.throughput,
    tries: config.network.tries,
    deadline,
  }
}

/** Within which bounds a package is opened, and what it is hashed with. */
export function openingOf({ config, context, signal, trust }: Run) {
  const { entries, unpacked, ratio } = config.limits
  return {
    limits: { entries, unpacked, ratio },
    algorithms: trust.policy.allowSha1 ? (['sha256', 'sha1'] as const) : (['sha256'] as const),
    context,
    signal,
  }
}
