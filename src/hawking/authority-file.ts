import { join } from 'node:path'
import { readFileOrNull, writeFileAtomic } from './atomic-file.ts'
import type { Store } from './store.ts'

/** Where the store's own authority lies: its private key and its certificate in one file, its owner's alone. */
export function authorityFile({ state }: Store): string {
  return join(state, 'authority.pem')
}

/** The PEM text of the store's own authority; null when it never sealed a set. @throws STORE_* */
export async function readAuthorityFile(store: Store): Promise<string | null> {
  return (await readFileOrNull(authorityFile(store)))?.toString('utf8') ?? null
}

/** Keeps the store's own authority. @throws STORE_* */
export function writeAuthorityFile(store: Store, pem: string): Promise<void> {
  return writeFileAtomic(authorityFile(store), pem, 0o600)
}
