import { readFile } from 'node:fs/promises'
import { writeFileAtomic } from '../hawking/atomic-file.ts'
import { object, oneOf, tableOf, text } from '../hawking/shape.ts'
import type { Desk } from './desk.ts'

/** How a mirror went last. */
export interface MirrorRecord {
  /** RFC 3339, UTC. */
  readonly lastAttempt: string
  readonly outcome: 'succeeded' | 'failed'
}

const shape = tableOf(
  object<MirrorRecord>({ lastAttempt: text, outcome: oneOf(['succeeded', 'failed'] as const) }),
)

/** How every mirror into a tree went last, by the key of its job. Never throws: having forgotten does no harm. */
export async function peekMirrors(desk: Desk): Promise<Readonly<Record<string, MirrorRecord>>> {
  try {
    return shape(JSON.parse(await readFile(desk.mirrors, 'utf8'))) ?? {}
  } catch {
    return {}
  }
}

/** Keeps how a mirror went. @throws STORE_* */
export async function writeMirror(desk: Desk, key: string, record: MirrorRecord): Promise<void> {
  const all = { ...(await peekMirrors(desk)), [key]: record }
  await writeFileAtomic(desk.mirrors, `${JSON.stringify(all, null, 2)}\n`, 0o600)
}
