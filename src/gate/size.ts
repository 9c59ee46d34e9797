import { lstatSync } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { databaseHeaderBytes, readDatabaseHeader } from '../clamav/header.ts'
import type { Config } from '../config/config.ts'
import { isDefsError } from '../error.ts'
import type { Grade } from '../set-name.ts'
import type { Lying } from './candidate.ts'
import { type Finding, finding } from './finding.ts'

/** How far a set may differ from the one before it of the same grade. */
export type SizeLimits = Pick<Config['gate'], 'shrink' | 'growth'>

const units = { bytes: 'bytes', files: 'files', signatures: 'signatures' } as const satisfies Record<
  keyof Measures,
  string
>

/**
 * Judges how much a set holds against an earlier one. Rule: a set that has lost most of what it knew is a mistake of
 * its maker, as is one that has become many times as large. Stops: emptied databases, which load without complaint.
 * @param beside files and folders that do not count, as of parts that only one of both is to have
 */
export async function judgeSize(
  set: Lying & { readonly grade: Grade },
  earlier: Lying | null,
  limits: SizeLimits,
  beside: readonly string[] = [],
): Promise<Finding> {
  if (limits.shrink[set.grade] === 0 && limits.growth[set.grade] === 0)
    return finding('size', 'off', `no bounds for ${set.grade} sets`)
  if (!earlier) return finding('size', 'off', `no earlier ${set.grade} set to compare with`)
  const [now, before] = await Promise.all([
    measureSet(set.directory, beside),
    measureSet(earlier.directory, beside),
  ])
  const wrong = compareMeasures(now, before, set.grade, limits)
  const text = wrong.length > 0 ? wrong.join(', ') : `${now.bytes} bytes in ${now.files} files`
  return finding('size', wrong.length > 0 ? 'failed' : 'passed', `${text}, compared with ${earlier.set}`)
}

/** What is beyond its limit, in words; pure. */
export function compareMeasures(now: Measures, before: Measures, grade: Grade, limits: SizeLimits): string[] {
  const most = limits.growth[grade]
  // Anything may become many times as large while it is small.
  const growthCounts = most > 0 && now.bytes > limits.growth.from
  const leastShare = 100 - limits.shrink[grade]
  return (['bytes', 'files', 'signatures'] as const).flatMap((what) => {
    const [is, was] = [now[what], before[what]]
    if (is === null || was === null) return []
    const words = `${is} ${units[what]} instead of ${was}`
    if (limits.shrink[grade] > 0 && is * 100 < was * leastShare) return [`shrunk to ${words}`]
    return growthCounts && is > was * most ? [`grown to ${words}`] : []
  })
}

/** How much a set holds. */
export interface Measures {
  readonly bytes: number
  readonly files: number
  /** As the headers of its ClamAV databases state it; null when it has none. */
  readonly signatures: number | null
}

// They prove or mark a set and tell nothing about its size.
const apart: ReadonlySet<string> = new Set(['v.grd', 'v.sig', 'zdone.dat'])

/** Measures a set as it lies on disk. @param beside files and folders that do not count */
export async function measureSet(directory: string, beside: readonly string[] = []): Promise<Measures> {
  let [bytes, files] = [0, 0]
  let signatures: number | null = null
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || apart.has(entry.name.toLowerCase())) continue
    const path = join(entry.parentPath, entry.name)
    if (beside.some((one) => path === join(directory, one) || path.startsWith(join(directory, one, sep))))
      continue
    // At once: there may be thousands.
    bytes += lstatSync(path).size
    files += 1
    const stated = /\.c[vl]d$/i.test(entry.name) ? await statedSignatures(path) : null
    if (stated !== null) signatures = (signatures ?? 0) + stated
  }
  return { bytes, files, signatures }
}

/** What the header of a database says; null for one that says nothing. */
async function statedSignatures(path: string): Promise<number | null> {
  const file = await open(path, 'r')
  try {
    const head = Buffer.alloc(databaseHeaderBytes)
    const { bytesRead } = await file.read(head, 0, head.length, 0)
    return readDatabaseHeader(head.subarray(0, bytesRead)).signatures
  } catch (error) {
    if (isDefsError(error)) return null
    throw error
  } finally {
    await file.close()
  }
}
