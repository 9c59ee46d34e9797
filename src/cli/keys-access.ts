import { join, resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { type KeyRing, keyRing, readPassphrase } from '../publish/keys/key-ring.ts'
import type { Session } from './session.ts'

/** The variable that opens the keys where no file is configured. */
export const passphraseVariable = 'DEFS_KEYS_PASSPHRASE'

/** The passphrase of the keys; null when nobody gave one. @throws KEYS_LOCKED */
export function passphraseOf(config: Config, { environment }: Session): Promise<string | null> {
  return readPassphrase(
    { file: config.publish.passphraseFile, variable: passphraseVariable },
    environment.env,
  )
}

/** A folder that was typed, from where it was typed. */
export function placeIn({ environment }: Session, path: string | null): string | null {
  return path === null ? null : resolve(environment.cwd, path)
}

/** The key ring of a configuration; `to` is another folder. */
export function ringOf(config: Config, to: string | null): KeyRing {
  return keyRing(to ?? config.publish.keys ?? join(config.store.root, 'publish', 'keys'))
}
