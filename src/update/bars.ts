import type { Bar } from '../hawking/records.ts'

/** The bars without the one that a new one on a set takes the place of: another one for the same contents or check. */
export function barsBeside(bars: readonly Bar[], { set, contents, checks }: Bar): Bar[] {
  const replaced = (bar: Bar) => bar.contents == null || bar.contents === contents || (bar.checks && checks)
  return bars.filter((bar) => bar.set !== set || !replaced(bar))
}
