import { limits } from '../limits.ts'

/**
 * A file name as guards compare it: A to Z in lower case, nothing else changed. Full Unicode folding would let a
 * Kelvin sign stand for the letter k, and a file pass under a name that no scanner looks for.
 */
export function foldName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** Whether a name is relative, stays below its folder on every platform, and is within limits.ts. */
export function isPlainName(name: string): boolean {
  if (Buffer.byteLength(name) > limits.name || /[\\:\x00-\x1f\x7f]/.test(name)) return false
  const parts = name.split('/')
  if (parts.length > limits.depth + 1) return false
  return parts.every((part) => part !== '' && part !== '.' && part !== '..' && part.trim() === part)
}
