import type { SourceConfig } from './source-config.ts'

/**
 * What a set is for: the engine that reads it. Dates and numbers of two lineages say nothing about each other.
 * `lists`: packs of plain lines, such as addresses.
 */
export const lineages = ['antivirus', 'clamav', 'suricata', 'yara', 'lists'] as const

export type Lineage = (typeof lineages)[number]

/**
 * What a set may be by the names of its files: one lineage, or, where those tell nothing, the two that leave no mark.
 */
export function lineagesOf(files: Iterable<{ readonly name: string }>): readonly Lineage[] {
  const names = [...files].map(({ name }) => name.toLowerCase())
  const some = (pattern: RegExp) => names.some((name) => pattern.test(name))
  if (some(/^(?:defs-canary\.hsb|[^/]+\.(?:cvd|cld))$/)) return ['clamav']
  if (some(/\.rules$/)) return ['suricata']
  return some(/\.yara?$/) ? ['yara'] : ['antivirus', 'lists']
}

/** What a source may bring, known before it is asked. An internal server carries anything. */
export function lineagesFrom(source: SourceConfig): readonly Lineage[] {
  switch (source.kind) {
    case 'clamav':
      return ['clamav']
    case 'internal':
      return lineages
    case 'rules':
      return rulesBy[source.style]
    default:
      return ['antivirus']
  }
}

const rulesBy = {
  auto: ['suricata', 'yara', 'lists'],
  suricata: ['suricata'],
  yara: ['yara'],
  lines: ['lists'],
} as const satisfies Record<string, readonly Lineage[]>

/**
 * Why two sources cannot feed one store; null when they can: each must be able to bring what the other brings, and
 * where both name a product of the vendor, the same one.
 */
export function whyApart(one: SourceConfig, other: SourceConfig): string | null {
  const [here, there] = [lineagesFrom(one), lineagesFrom(other)]
  if (!here.some((lineage) => there.includes(lineage)))
    return `'${one.name}' brings ${describe(here)}, and '${other.name}' brings ${describe(there)}`
  if (one.kind !== 'liveupdate' || other.kind !== 'liveupdate') return null
  if (one.product.toLowerCase() === other.product.toLowerCase()) return null
  return `'${one.name}' is for ${one.product}, and '${other.name}' for ${other.product}`
}

const words: Readonly<Record<Lineage, string>> = {
  antivirus: 'antivirus definitions',
  clamav: 'databases of ClamAV',
  suricata: 'rules of Suricata',
  yara: 'rules of YARA',
  lists: 'plain lists',
}

/** For people. */
export function describe(found: readonly Lineage[]): string {
  return found.map((lineage) => words[lineage]).join(' or ')
}
