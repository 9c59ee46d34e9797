import { dirname, resolve } from 'node:path'

/** The folder above a base address, login kept; null at the root of its host or disk. */
export function parentAddress(base: string): string | null {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(base)) {
    const path = resolve(base)
    const above = dirname(path)
    return above === path ? null : above
  }
  if (!URL.canParse(base)) return null
  const here = new URL(base.endsWith('/') ? base : `${base}/`)
  const above = new URL('..', here)
  return above.href === here.href ? null : above.href
}
