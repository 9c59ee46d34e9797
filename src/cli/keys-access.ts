import { join, resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { ownFolder } from '../config/layout.ts'
import { DefsError } from '../error.ts'
import { type KeyRing, keyRing, readPassphrase } from '../publish/keys/key-ring.ts'
import { publishPaths } from '../publish/paths.ts'
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

/** A folder that was typed, from where it was typed. @throws USAGE_ARGUMENT for an address: only folders are written */
export function placeIn({ environment }: Session, path: string | null): string | null {
  const scheme = path === null ? null : /^([a-z][a-z0-9+.-]*):\/\//i.exec(path)
  if (scheme) {
    const message = `'${path}' is no folder: a tree cannot be written to ${scheme[1]}:, name a folder that is served`
    throw new DefsError('USAGE_ARGUMENT', message)
  }
  return path === null ? null : resolve(environment.cwd, path)
}

/** Where the published tree lies, for {@link Session.load}: `path` as it was typed, null for the configured one. */
export function treeAt(session: Session, path: string | null): (config: Config) => string {
  const to = placeIn(session, path)
  return (config) => publishPaths(config, to).tree
}

/** The key ring of a configuration; `to` is another folder. */
export function ringOf(config: Config, to: string | null): KeyRing {
  return keyRing(to ?? config.publish.keys ?? join(ownFolder(config.store.root), 'publish', 'keys'))
}
