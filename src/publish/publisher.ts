import { closeSync, fsyncSync, writeSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { Config } from '../config/config.ts'
import type { Context } from '../context.ts'
import { emptyFolder, openToAppend } from '../disk/foreign-file.ts'
import { withLock } from '../disk/lock.ts'
import { storeError } from '../error.ts'
import type { EventName } from '../event/catalogue.ts'
import type { EventFacts } from '../event/event.ts'
import { makeEvent } from '../event/make-event.ts'
import type { SetName } from '../set-name.ts'
import type { Certified } from '../trust/issue/make-certificate.ts'
import { readCertified, readSigner } from './keys/key-ring.ts'
import type { MetadataSigners } from './metadata.ts'
import { type PublishPaths, preparePaths, publishPaths } from './paths.ts'

/** The keys that publishing needs, opened. */
export interface OpenedKeys extends MetadataSigners {
  readonly guard: Certified
}

/** Everything one run of the publisher shares. */
export interface Publisher {
  readonly paths: PublishPaths
  readonly keys: OpenedKeys
  readonly config: Config
  readonly context: Context
  /** The moment that everything published in this run bears. */
  readonly now: Date
  readonly report: (name: EventName, facts: EventFacts) => void
  /** Numbers of the events reported so far. */
  readonly events: readonly number[]
}

/** What opening a publisher needs beside the configuration. */
export interface PublisherRequest {
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
export async function withPublisher<T>(
  request: PublisherRequest,
  config: Config,
  context: Context,
  work: (publisher: Publisher) => Promise<T>,
): Promise<T> {
  const paths = publishPaths(config, request.to)
  const keys = await openKeys(paths, request.passphrase)
  await preparePaths(paths)
  const events: number[] = []
  const publisher: Publisher = {
    paths,
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
  return withLock(paths, { wait: request.lockWait, context }, async () => {
    // What a run that was cut short left; we hold the lock, so nobody else is at work there.
    emptyFolder(paths.work)
    return work(publisher)
  })
}

async function openKeys(paths: PublishPaths, passphrase: string | null): Promise<OpenedKeys> {
  return {
    targets: await readSigner(paths.keys, 'targets', passphrase),
    snapshot: await readSigner(paths.keys, 'snapshot', passphrase),
    timestamp: await readSigner(paths.keys, 'timestamp', passphrase),
    guard: await readCertified(paths.keys, 'signer', passphrase),
  }
}

/** One line of the audit trail: who did what, and why. */
export interface AuditEntry {
  readonly action: 'published' | 'promoted' | 'demoted' | 'passed' | 'purged' | 'rotated' | 'removed'
  readonly set: SetName | null
  readonly channel: string | null
  /** What the channel offered before. */
  readonly from: SetName | null
  readonly reason: string | null
}

/** Appends to the audit trail, which is never rewritten. @throws STORE_* */
export async function audit(
  paths: PublishPaths,
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
