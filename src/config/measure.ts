const milliseconds = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const bytes = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
} as const

/** Milliseconds of a duration (`90s`, `5m`, `36h`, `7d`); null for anything else, a bare number included. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9})(s|m|h|d)$/.exec(text.trim())
  if (!match) return null
  return Number(match[1]) * milliseconds[match[2] as keyof typeof milliseconds]
}

/** Milliseconds as {@link parseDuration} reads them, in the largest unit that divides them. */
export function formatDuration(value: number): string {
  if (value === 0) return '0s'
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    // 36h is how people say it, not 1.5d; whole days only from two on.
    if (value % milliseconds[unit] === 0 && (unit !== 'd' || value > milliseconds.d)) {
      return `${value / milliseconds[unit]}${unit}`
    }
  }
  return `${value / 1000}s`
}

/** Bytes of a size: a plain number, or one with KiB, MiB, GiB, TiB (powers of 1024) or KB, MB, GB, TB. */
export function parseBytes(text: string): number | null {
  const match = /^(\d{1,15}) ?([A-Za-z]+)?$/.exec(text.trim())
  if (!match) return null
  const unit = Object.entries(bytes).find(([name]) => name.toLowerCase() === (match[2] ?? 'B').toLowerCase())
  return unit ? Number(match[1]) * unit[1] : null
}

/** Bytes as {@link parseBytes} reads them, in the largest unit of 1024 that divides them. */
export function formatBytes(value: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB'] as const) {
    if (value > 0 && value % bytes[unit] === 0) return `${value / bytes[unit]}${unit}`
  }
  return String(value)
}

/** How many hosts something may concern: a number of hosts, or percent of the hosts that a ring has. */
export type Allowance = { readonly hosts: number } | { readonly percent: number }

/** Reads `0`, `3` or `0.5%`; null for anything else. */
export function readAllowance(value: unknown): Allowance | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? { hosts: value } : null
  if (typeof value !== 'string') return null
  const [, number, sign] = /^(\d{1,9}(?:\.\d{1,4})?)(%?)$/.exec(value.trim()) ?? []
  if (number === undefined) return null
  if (sign === '%') return Number(number) <= 100 ? { percent: Number(number) } : null
  return Number.isSafeInteger(Number(number)) ? { hosts: Number(number) } : null
}
