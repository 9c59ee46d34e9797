import { closeSync, fsyncSync, writeSync } from 'node:fs'
import { userInfo } from 'node:os'
import { openToAppend } from '../disk/foreign-file.ts'
import { storeError } from '../error.ts'
import type { SetName } from '../set-name.ts'
import type { PublishPaths } from './paths.ts'

/** One line of the audit trail: who did what, and why. */
export interface AuditEntry {
  readonly action:
    | 'published'
    | 'promoted'
    | 'demoted'
    | 'withdrawn'
    | 'passed'
    | 'purged'
    | 'rotated'
    | 'removed'
  readonly set: SetName | null
  readonly channel: string | null
  /** What the channel offered before. */
  readonly from: SetName | null
  readonly reason: string | null
  /** Of the statement that says so; missing for what makes none. */
  readonly statement?: number
}

/** Appends to the audit trail, which is never rewritten. @throws STORE_* */
export async function audit(
  paths: Pick<PublishPaths, 'audit'>,
  entry: AuditEntry,
  now: Date,
  user = userName(),
): Promise<void> {
  const line = JSON.stringify({ time: now.toISOString(), user, ...entry })
  try {
    const file = openToAppend(paths.audit, 0o600)
    try {
      writeSync(file, `${line}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw storeError(error, `writing ${paths.audit}`)
  }
}

/** Whoever runs this; behind sudo, the one who called it. */
export function userName(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env['SUDO_USER']) return env['SUDO_USER']
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
