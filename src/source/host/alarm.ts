import { DefsError, describeError, type ErrorCode, isDefsError } from '../../error.ts'
import type { LeftHost } from '../source.ts'

// What an admin must hear first: an attack, then damage, then a wish to be left alone, then plain absence.
const alarms: readonly ((code: ErrorCode) => boolean)[] = [
  (code) => code === 'BUG',
  (code) => code.startsWith('TRUST_'),
  (code) => code.startsWith('ARCHIVE_') || code.startsWith('INDEX_') || code.startsWith('FETCH_'),
  (code) => code === 'SOURCE_COOLING_DOWN',
  () => true,
]

/**
 * The one error for a source of which every host was left: the code of the highest alarm, of that class the
 * first. Every host stands in `problems` and `left` with its reason; for `SOURCE_COOLING_DOWN` `until` is the
 * earliest moment at which any host may be asked again.
 */
export function worstOf(source: string, left: readonly LeftHost[]): DefsError {
  const ranked = left.map((host) => ({ host, rank: alarms.findIndex((is) => is(codeOf(host.error))) }))
  const worst = ranked.reduce<(typeof ranked)[number] | undefined>(
    (most, next) => (most && most.rank <= next.rank ? most : next),
    undefined,
  )
  if (!worst)
    return new DefsError('CONFIG_INVALID', `source '${source}' has no address: name one`, { source })
  const until = codeOf(worst.host.error) === 'SOURCE_COOLING_DOWN' ? earliestUntil(left) : undefined
  return new DefsError(
    codeOf(worst.host.error),
    `source '${source}' gave no usable answer (addresses tried: ${left.length}); the gravest reason follows`,
    {
      cause: worst.host.error,
      source,
      path: worst.host.url,
      problems: left.map(({ url, error }) => `${url}: ${describeError(error)}`),
      left,
      ...(until && { until }),
    },
  )
}

function codeOf(error: Error): ErrorCode {
  return error instanceof DefsError ? error.code : 'BUG'
}

function earliestUntil(left: readonly LeftHost[]): Date | undefined {
  const moments = left.flatMap(({ error }) =>
    isDefsError(error) && error.facts.until ? [error.facts.until] : [],
  )
  return moments.sort((a, b) => a.getTime() - b.getTime())[0]
}
