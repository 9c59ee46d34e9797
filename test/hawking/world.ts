import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Context } from '../../src/context.ts'
import { openStore, type Store } from '../../src/hawking/store.ts'
import { parseSetName, type SetName } from '../../src/set-name.ts'
import type { Authentic } from '../../src/trust/authentic.ts'
import { noise } from '../support/noise.ts'

export const product = { name: 'SMSMSE' }

/** A fresh folder, in memory where the system has that: a killed process is no power cut, so flushing proves nothing. */
export function quickFolder(): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'defs-'))
}

/** Real time, no reports. */
export function realContext(signal: AbortSignal = new AbortController().signal): Context {
  return {
    now: () => new Date(),
    sleep: (milliseconds, own) => pause(milliseconds, undefined, own ? { signal: own } : {}),
    random: Math.random,
    signal,
    emit: () => undefined,
  }
}

export function storeAt(root: string): Store {
  return openStore(root, 'hawking')
}

export function set(name: string): SetName {
  return parseSetName(name)
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Contents of a small set with a true guard; the signature is a dummy, which no code of hawking/ looks at. */
export function setContents(seed: string, extra: Readonly<Record<string, string>> = {}): Map<string, Buffer> {
  const files = new Map<string, Buffer>([
    ['VIRSCAN1.DAT', Buffer.from(`virscan ${seed}\n`.repeat(2000))],
    ['TSCAN1.DAT', Buffer.from(`tscan ${seed}\n`.repeat(500))],
    ['CATALOG.DAT', Buffer.from('catalog\n')],
    ...Object.entries(extra).map(([name, text]) => [name, Buffer.from(text)] as const),
  ])
  const entries = [...files].map(
    ([name, bytes]) => `[File-${name.toLowerCase()}]\r\nSHA256=${sha256(bytes)}\r\n`,
  )
  files.set('V.GRD', Buffer.from(`[GuardHeader]\r\n${entries.join('')}`))
  files.set('V.SIG', Buffer.from('signature'))
  return files
}

/** Writes contents into a workspace of the store and says they were proved, as trust/ would. */
export function authenticIn(store: Store, name: SetName, contents: ReadonlyMap<string, Buffer>): Authentic {
  const directory = join(store.virusDefs, `tmp${noise(4).toString('hex')}.tmp`, 'set')
  for (const [file, bytes] of contents) {
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    writeFileSync(join(directory, file), bytes, { mode: 0o600 })
  }
  const signer = {
    name: 'Test',
    fingerprint: '00',
    anchor: 'Test Root',
    anchorFingerprint: '00',
    method: 'pkcs7 rsa-sha256',
    expired: false,
  }
  const proved = {
    directory,
    files: [...contents].map(([file, bytes]) => ({
      name: file,
      bytes: bytes.length,
      sha256: sha256(bytes),
      sha1: null,
    })),
    guard: contents.get('V.GRD') ?? null,
    signature: contents.get('V.SIG') ?? null,
    set: name,
    sequence: null,
    grade: 'certified' as const,
    signer,
    verifiedAt: new Date(),
  }
  return proved as unknown as Authentic
}

/** Lays a complete set straight under its dated name. */
export function laySet(store: Store, name: string, seed = name): SetName {
  const directory = join(store.virusDefs, name)
  mkdirSync(directory, { recursive: true })
  for (const [file, bytes] of setContents(seed))
    writeFileSync(
      join(directory, file.replace(/^V\./, 'v.').replace(/GRD$/, 'grd').replace(/SIG$/, 'sig')),
      bytes,
    )
  writeFileSync(join(directory, 'zdone.dat'), `${name}\r\n`)
  return set(name)
}

/** An older set as authenticated again on disk. */
export function reproved(store: Store, name: SetName): Authentic {
  return { set: name, directory: join(store.virusDefs, name) } as unknown as Authentic
}

/** Every file below a folder with the digest of its bytes. */
export function contentsOf(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()
  const files = names.filter((name) => statSync(join(directory, name)).isFile())
  return Object.fromEntries(
    files.map((name) => [relative('.', name), sha256(readFileSync(join(directory, name)))]),
  )
}
