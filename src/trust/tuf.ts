import { createHash, createPublicKey } from 'node:crypto'
import type { TargetFile } from '@tufjs/models'
import { BadVersionError, EqualVersionError, ExpiredMetadataError } from 'tuf-js/dist/error.js'
import { TrustedMetadataStore } from 'tuf-js/dist/store.js'
import { DefsError, describeError } from '../error.ts'
import { limits } from '../limits.ts'
import type { TufMetadata, TufTarget, WantedMetadata } from '../source/tuf-metadata.ts'

/**
 * Opens trusted metadata: the pinned root, or what was kept last time, which started from it.
 *
 * Only the judging half of the library is used, its store. The other half, its updater, does its own network, writes
 * in place and without a lock, and tells its errors as text.
 * @param kept by role; `root` must be there
 * @throws TRUST_METADATA when the root is none
 */
export function openTufMetadata(kept: ReadonlyMap<string, Uint8Array>, now: Date): TufMetadata {
  const trusted = new Map(kept)
  const store = judged(() => new TrustedMetadataStore(bufferOf(kept.get('root'))))
  judged(() => assertDistinctKeys(bufferOf(kept.get('root'))))
  // The library asks the clock itself; the moment of the run is ours to say.
  Object.defineProperty(store, 'referenceTime', { value: now })

  /** Whether what was kept is still good; what is not is fetched again. */
  function holds(check: (bytes: Buffer) => unknown, role: string): boolean {
    const bytes = kept.get(role)
    if (!bytes) return false
    try {
      check(bufferOf(bytes))
      return true
    } catch {
      return false
    }
  }

  function take(role: string, bytes: Uint8Array, add: (bytes: Buffer) => unknown): void {
    judged(() => assertEnd(bufferOf(bytes)))
    judged(() => assertDistinctKeys(bufferOf(bytes)))
    judged(() => add(bufferOf(bytes)))
    trusted.set(role, bytes)
  }

  return {
    rootVersion: () => store.root.signed.version,
    addRoot: (bytes) => take('root', bytes, (root) => store.updateRoot(root)),
    addTimestamp(bytes) {
      judged(() => assertEnd(bufferOf(bytes)))
      holds((old) => store.updateTimestamp(old), 'timestamp')
      try {
        store.updateTimestamp(bufferOf(bytes))
      } catch (error) {
        if (error instanceof EqualVersionError) return
        throw refusal(error)
      }
      trusted.set('timestamp', bytes)
    },
    wantedSnapshot() {
      if (holds((old) => store.updateSnapshot(old, true), 'snapshot')) return null
      const meta = store.timestamp?.signed.snapshotMeta
      return wanted('snapshot', meta, consistent(store), limits.tufSnapshot)
    },
    addSnapshot: (bytes) => take('snapshot', bytes, (snapshot) => store.updateSnapshot(snapshot)),
    wantedRole(role, parent) {
      if (store.getRole(role)) return null
      if (holds((old) => store.updateDelegatedTargets(old, role, parent), role)) return null
      const meta = store.snapshot?.signed.meta[`${role}.json`]
      return wanted(encodeURIComponent(role), meta, consistent(store), limits.tufTargets)
    },
    addRole: (bytes, role, parent) =>
      take(role, bytes, (targets) => store.updateDelegatedTargets(targets, role, parent)),
    targetIn(role, path) {
      const table = store.getRole(role)?.signed.targets ?? {}
      const target = Object.hasOwn(table, path) ? table[path] : undefined
      return target ? targetOf(target, consistent(store)) : null
    },
    delegations: (role, path) => [...(store.getRole(role)?.signed.delegations?.rolesForTarget(path) ?? [])],
    kept: trusted,
  }
}

/**
 * Rule: one key has one name (TUF specification 4.2). Stops: one stolen key that counts several times towards a
 * threshold, because careless metadata names it several times.
 */
function assertDistinctKeys(bytes: Buffer): void {
  const { signed }: { signed?: { keys?: unknown; delegations?: { keys?: unknown } } } = JSON.parse(
    bytes.toString(),
  )
  const tables = [signed?.keys, signed?.delegations?.keys]
  for (const table of tables) {
    const halves = Object.values(Object(table)).map((key) => spellingFree(Object(Object(key).keyval).public))
    if (new Set(halves).size === halves.length) continue
    throw new DefsError(
      'TRUST_METADATA',
      'the metadata names one key several times: a threshold would be void',
    )
  }
}

/** A public key in one form, however it is written: hexadecimal of either case, PEM with any line breaks. */
function spellingFree(text: unknown): string {
  const key = String(text).trim()
  try {
    const spki = /^[0-9a-f]{64}$/i.test(key)
      ? Buffer.concat([ed25519Head, Buffer.from(key, 'hex')])
      : createPublicKey(key).export({ type: 'spki', format: 'der' })
    return spki.toString('hex')
  } catch {
    return key.toLowerCase()
  }
}

// What stands before the 32 bytes of an Ed25519 key in its SubjectPublicKeyInfo (RFC 8410, 4).
const ed25519Head = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * Rule: the end of a statement has the form of the specification (4.2.1), a time of UTC. Stops: one that a parser of dates
 * reads in the zone of this machine, or takes for no date and so for never.
 */
function assertEnd(bytes: Buffer): void {
  const { signed }: { signed?: { expires?: unknown } } = JSON.parse(bytes.toString())
  const expires = String(signed?.expires)
  const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(expires)
  if (form && !Number.isNaN(Date.parse(expires))) return
  throw new DefsError(
    'TRUST_METADATA',
    `'expires' is ${JSON.stringify(expires.slice(0, 40))}, not YYYY-MM-DDTHH:MM:SSZ`,
  )
}

function consistent(store: TrustedMetadataStore): boolean {
  return store.root.signed.consistentSnapshot
}

function wanted(
  name: string,
  meta: { readonly version: number; readonly length?: number } | undefined,
  versioned: boolean,
  most: number,
): WantedMetadata {
  if (!meta) throw new DefsError('TRUST_METADATA', `the metadata names no ${name}.json`)
  // Rule: never more than is stated, nor than the bound. Stops: endless data.
  return {
    name: versioned ? `${meta.version}.${name}.json` : `${name}.json`,
    most: Math.min(meta.length ?? most, most),
  }
}

function targetOf({ path, length, hashes }: TargetFile, prefixed: boolean): TufTarget {
  const [first] = Object.values(hashes)
  const cut = path.lastIndexOf('/') + 1
  return {
    path,
    asked: prefixed ? `${path.slice(0, cut)}${first}.${path.slice(cut)}` : path,
    bytes: length,
    check(bytes) {
      // Rule: length and every stated digest. Stops: a file of another release mixed in.
      const same = bytes.length === length && Object.keys(hashes).length > 0 && agrees(bytes, hashes)
      if (same) return
      const message = `${path} is not what the metadata says: try again later, or tell whoever runs the server`
      throw new DefsError('TRUST_DIGEST', message, { path })
    },
  }
}

function agrees(bytes: Uint8Array, hashes: Readonly<Record<string, string>>): boolean {
  return Object.entries(hashes).every(
    ([algorithm, stated]) =>
      /^sha(256|384|512)$/.test(algorithm) &&
      createHash(algorithm).update(bytes).digest('hex') === stated.toLowerCase(),
  )
}

function judged<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw refusal(error)
  }
}

function refusal(error: unknown): DefsError {
  if (error instanceof DefsError) return error
  const why = describeError(error)
  // Rule: nothing past its end is believed. Stops: freezing clients on an old statement.
  if (error instanceof ExpiredMetadataError) {
    const message = `the server is frozen, its statements are past their end (${why}): whoever runs it must sign anew`
    return new DefsError('TRUST_FROZEN', message, { cause: error })
  }
  // Rule: versions only rise. Stops: replaying an older release.
  if (error instanceof BadVersionError) {
    return new DefsError('TRUST_ROLLBACK', `the server went back to older metadata: ${why}`, { cause: error })
  }
  return new DefsError('TRUST_METADATA', `the metadata of the server is refused: ${why}`, { cause: error })
}

function bufferOf(bytes: Uint8Array | undefined): Buffer {
  return Buffer.from(bytes ?? new Uint8Array())
}
