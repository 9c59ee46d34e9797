import { createHash } from 'node:crypto'
import { canaryFile } from '../clamav/canary.ts'
import type { Bar } from '../hawking/records.ts'
import { marker } from '../hawking/stage.ts'

// What names or proves a set, and differs when the same contents come under another name.
const besides: ReadonlySet<string> = new Set(['v.grd', 'v.sig', marker, canaryFile])

/**
 * Sums up what stands in a set, whatever it is called and whoever signed it: a bar holds for that, since bad contents
 * are bad under any name, and mended ones may come under the same.
 * @returns SHA-256 over names in lower case and digests, lower-case hexadecimal
 */
export function contentsOf(files: readonly { readonly name: string; readonly sha256: string }[]): string {
  const lines = files
    .map(({ name, sha256 }) => ({ name: name.toLowerCase(), sha256 }))
    .filter(({ name }) => !besides.has(name))
    .map(({ name, sha256 }) => `${name} ${sha256}\n`)
    .sort()
  return createHash('sha256').update(lines.join('')).digest('hex')
}

/** The bars without the one that a new one on a set takes the place of: another one for the same contents or check. */
export function barsBeside(bars: readonly Bar[], { set, contents, checks }: Bar): Bar[] {
  const replaced = (bar: Bar) => bar.contents == null || bar.contents === contents || (bar.checks && checks)
  return bars.filter((bar) => bar.set !== set || !replaced(bar))
}
