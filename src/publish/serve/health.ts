import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What `/healthz` says. */
export interface Health {
  readonly ok: boolean
  /** RFC 3339; until when clients believe what is published, null when nothing is. */
  readonly freshUntil: string | null
}

/** Whether clients can use the tree: there is a statement, and it is not out of date. */
export async function healthOf(root: string, now: Date): Promise<Health> {
  try {
    const text = await readFile(join(root, 'metadata', 'timestamp.json'), 'utf8')
    const timestamp: { signed?: { expires?: unknown } } = JSON.parse(text)
    const expires = timestamp.signed?.expires
    if (typeof expires !== 'string') return { ok: false, freshUntil: null }
    return { ok: Date.parse(expires) > now.getTime(), freshUntil: expires }
  } catch {
    return { ok: false, freshUntil: null }
  }
}
