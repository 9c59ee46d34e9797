import { writeFileAtomic } from '../../disk/atomic-file.ts'
import { count, nullable, object, oneOf, text, truth } from '../../disk/json-shape.ts'
import { readRecordFile } from '../../disk/record.ts'
import { candidateShape, type HostCandidate, type HostReport, momentShape, phases } from '../report.ts'

/** The newest report of this host, kept so that numbers rise and an outcome is not forgotten. */
export interface Kept {
  readonly seq: number
  readonly at: string
  readonly by: string
  readonly candidate: HostCandidate | null
  readonly phase: HostReport['phase']
  readonly delivered: boolean
  /** What was said, but for number and moment: the same need not be said again. */
  readonly digest: string
}

const keptShape = object<Kept>({
  seq: count,
  at: momentShape,
  by: text,
  candidate: nullable(candidateShape),
  phase: oneOf(phases),
  delivered: truth,
  digest: text,
})

const nothingKept: Kept = {
  seq: 0,
  at: '1970-01-01T00:00:00Z',
  by: '',
  candidate: null,
  phase: 'idle',
  delivered: false,
  digest: '',
}

/** The newest report; null when there was none. */
export async function readKept(file: string, now: Date): Promise<Kept | null> {
  const kept = await readRecordFile(file, keptShape)
  if (kept !== undefined) return kept
  // How many reports there were is not known any more. More than one a second there were not, and the controller takes
  // none whose number is not above the last.
  return { ...nothingKept, seq: Math.floor(now.getTime() / 1000) }
}

/** Replaces it. @throws STORE_* */
export function keep(file: string, kept: Kept): Promise<void> {
  return writeFileAtomic(file, `${JSON.stringify(kept)}\n`, 0o600)
}
