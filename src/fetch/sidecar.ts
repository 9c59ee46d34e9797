import { open } from 'node:fs/promises'
import { limits } from '../limits.ts'

/** Where the bytes of an interrupted download came from. */
export interface Sidecar {
  /** The address, password left out. */
  readonly url: string
  /** What the far side said to tell this version from others; null when it says nothing. */
  readonly validator: string | null
  /** Bytes that were there when this was written; the file may have more. */
  readonly bytes: number
  /** Size of the whole file, null when the far side did not say. */
  readonly total: number | null
}

/** Reads a note; null when there is none or it is not one of ours. */
export async function readSidecar(path: string): Promise<Sidecar | null> {
  const file = await open(path, 'r').catch(() => null)
  if (!file) return null
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(limits.partialNote), 0, limits.partialNote, 0)
    return checked(JSON.parse(buffer.toString('utf8', 0, bytesRead)))
  } catch {
    return null
  } finally {
    await file.close()
  }
}

function checked(value: unknown): Sidecar | null {
  if (typeof value !== 'object' || value === null) return null
  if (!('url' in value && 'validator' in value && 'bytes' in value && 'total' in value)) return null
  const { url, validator, bytes, total } = value
  if (typeof url !== 'string' || !isSize(bytes)) return null
  if (validator !== null && typeof validator !== 'string') return null
  if (total !== null && !isSize(total)) return null
  return { url, validator, bytes, total }
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
