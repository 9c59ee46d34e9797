import { appendFile, readdir, rm } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { withLock } from '../disk/lock.ts'
import { storeError } from '../error.ts'
import type { EventName } from '../event/catalogue.ts'
import type { EventFacts } from '../event/event.ts'
import { makeEvent } from '../event/make-event.ts'
import type { SetName } from '../set-name.ts'
import type { Certified } from '../trust/issue/make-certificate.ts'
import { readCertified, readSigner } from './keys/key-ring.ts'
import type { MetadataSigners } from './metadata.ts'
import { type Desk, openDesk, prepareDesk } from './paths.ts'

/** The keys that publishing needs, opened. */
export interface OpenedKeys extends MetadataSigners {
  readonly guard: Certified
}

/** Everything one run of the publisher shares. */
export interface Studio {
  readonly desk: Desk
  readonly keys: OpenedKeys
  readonly config: Config
  readonly context: Context
  /** The moment that everything published in this run bears. */
  readonly now: Date
  readonly report: (name: EventName, facts: EventFacts) => void
  /** Numbers of the events reported so far. */
  readonly events: readonly number[]
}

/** What opening a studio needs beside the configuration. */
export interface StudioRequest {
  /** Another tree than the configured one. */
  readonly to: string | null
  readonly passphrase: string | null
  /** Milliseconds to wait for another run to end. */
  readonly lockWait: number
}

/**
 * Does work as the only publisher of a tree. The keys are opened first, so that nothing begins that could not be
 * signed in the end.
 * @throws KEYS_*, STORE_BUSY, STORE_*, and what `work` throws
 */
export async function inStudio<T>(
  request: StudioRequest,
  config: Config,
  context: Context,
  work: (studio: Studio) => Promise<T>,
): Promise<T> {
  const desk = openDesk(config, request.to)
  const keys = await openKeys(desk, request.passphrase)
  await prepareDesk(desk)
  const events: number[] = []
  const studio: Studio = {
    desk,
    keys,
    config,
    context,
    now: context.now(),
    events,
    report(name, facts) {
      const event = makeEvent(name, facts, { now: context.now(), productVersion: config.product.version })
      events.push(event.id)
      context.emit({ type: 'event', event })
    },
  }
  return withLock(desk, { wait: request.lockWait, context }, async () => {
    await sweep(desk)
    return work(studio)
  })
}

/** Removes what a run that was cut short left; we hold the lock, so nobody else is at work there. */
async function sweep({ work }: Desk): Promise<void> {
  for (const name of await readdir(work)) await rm(join(work, name), { recursive: true, force: true })
}

async function openKeys(desk: Desk, passphrase: string | null): Promise<OpenedKeys> {
  return {
    targets: await readSigner(desk.keys, 'targets', passphrase),
    snapshot: await readSigner(desk.keys, 'snapshot', passphrase),
    timestamp: await readSigner(desk.keys, 'timestamp', passphrase),
    guard: await readCertified(desk.keys, 'signer', passphrase),
  }
}

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
