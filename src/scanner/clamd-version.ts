import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { databaseHeaderBytes, readHeaderLine } from '../database-header.ts'

/** What clamd writes for the number of its database when it has lost its engine (clamd 1.x, a failed reload). */
const noEngine = 4_294_967_295

/**
 * The number of the loaded `daily` database in an answer to VERSION; null when it has none, `none` when clamd has no
 * engine, `unknown` when that is no answer of clamd's.
 */
export function loadedNumber(answer: string): number | null | 'none' | 'unknown' {
  const match = /^ClamAV [^/]+(?:\/(\d+)\/(.*))?$/.exec(answer)
  if (!match) return 'unknown'
  if (Number(match[1]) === noEngine || match[2]?.startsWith('invalid')) return 'none'
  return match[1] === undefined ? null : Number(match[1])
}

/** The number in the head of a set's `daily.cvd` or `daily.cld`; null when it has neither, or no such head. */
export async function numberOfSet(directory: string): Promise<number | null> {
  for (const name of ['daily.cld', 'daily.cvd']) {
    const number = await numberOf(join(directory, name)).catch(() => null)
    if (number !== null) return number
  }
  return null
}

async function numberOf(path: string): Promise<number> {
  const file = await open(path, 'r')
  try {
    const head = Buffer.alloc(databaseHeaderBytes)
    const { bytesRead } = await file.read(head, 0, head.length, 0)
    const line = head.toString('latin1', 0, bytesRead).split(/[\r\n]/)[0] ?? ''
    return readHeaderLine(line.trimEnd()).version
  } finally {
    await file.close()
  }
}
