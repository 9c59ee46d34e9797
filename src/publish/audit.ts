import { appendFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { storeError } from '../error.ts'
import type { SetName } from '../set-id.ts'
import type { Desk } from './desk.ts'

/** One line of the audit trail: who did what, and why. */
export interface AuditEntry {
  readonly action: 'published' | 'promoted' | 'demoted' | 'passed' | 'purged' | 'rotated'
  readonly set: SetName | null
  readonly channel: string | null
  /** What the channel offered before. */
  readonly from: SetName | null
  readonly reason: string | null
}

/** Appends to the audit trail, which is never rewritten. @throws STORE_* */
export async function audit(desk: Desk, entry: AuditEntry, now: Date, user = userName()): Promise<void> {
  const line = JSON.stringify({ time: now.toISOString(), user, ...entry })
  try {
    await appendFile(desk.audit, `${line}\n`, { mode: 0o600, flush: true })
  } catch (error) {
    throw storeError(error, `writing ${desk.audit}`)
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
