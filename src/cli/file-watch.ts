import { stat } from 'node:fs/promises'

/**
 * Whether a file has changed since the last yes, by its number, size and time. Says so only once two looks in a row
 * have found the same, so that a file is not read while an editor still writes it. No file never changes.
 */
export function watchFile(path: string | null): () => Promise<boolean> {
  let known: string | null = null
  let seen: string | null = null
  return async () => {
    if (path === null) return false
    const now = await signatureOf(path)
    const settled = now === seen
    seen = now
    known ??= now
    if (!settled || now === known) return false
    known = now
    return true
  }
}

async function signatureOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path)
    return `${ino} ${size} ${mtimeMs}`
  } catch {
    return 'absent'
  }
}
