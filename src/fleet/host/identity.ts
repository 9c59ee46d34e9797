import type { KeyObject } from 'node:crypto'
import { dirname, join } from 'node:path'
import { keyOfSeed, makeHostKey, publicNkey, seedOf } from '../../bus/nkey.ts'
import type { Config } from '../../config/config.ts'
import type { FleetConfig } from '../../config/fleet.ts'
import { writeFileAtomic } from '../../disk/atomic-file.ts'
import { readForeignText } from '../../disk/foreign-file.ts'
import { machineName } from '../../disk/machine-name.ts'
import { makePrivateFolder } from '../../disk/private-folder.ts'
import { DefsError } from '../../error.ts'
import { openStore } from '../../hawking/store.ts'
import { limits } from '../../limits.ts'

/** What `fleet join` prints. */
export interface Joined {
  readonly host: string
  readonly key: string
  readonly fleet: string
  /** The command to type where the controller is. */
  readonly admit: string
}

/** Folder of a host's fleet files. */
export function fleetFolder({ store }: Config): string {
  return join(openStore(store.root, store.layout).state, 'fleet')
}

/** What is said of a host without a key. */
export const notJoined = "this host has not joined its fleet: 'defs fleet join' makes its key"

function keyFile(config: Config): string {
  return join(fleetFolder(config), 'host.key')
}

/** The name of this host in its fleet. */
export function hostName({ host }: FleetConfig): string {
  return host === null || host.name === 'auto' ? machineName() : host.name
}

/** The key of this host; null when it never joined. @throws STORE_* when it cannot be read, or holds none */
export async function readHostKey(config: Config): Promise<KeyObject | null> {
  const path = keyFile(config)
  const seed = await readForeignText(path, limits.trustFile)
  if (seed === null) return null
  const key = keyOfSeed(seed.trim())
  if (key !== null) return key
  const message = `${path} holds no key: 'defs fleet join --new-key', then 'defs fleet admit' with --replace at the controller`
  throw new DefsError('STORE_RECORD', message, { path })
}

/** Makes the key of this host once, and says how it is admitted. @throws STORE_* */
export async function joinFleet(config: Config, fleet: FleetConfig, newKey: boolean): Promise<Joined> {
  const known = newKey ? null : await readHostKey(config)
  const key = known ?? makeHostKey()
  if (known === null) {
    const folder = fleetFolder(config)
    await makePrivateFolder(dirname(folder))
    await makePrivateFolder(folder)
    await writeFileAtomic(keyFile(config), `${seedOf(key)}\n`, 0o600)
  }
  const host = hostName(fleet)
  if (!/^U[A-Z2-7]{55}$/.test(publicNkey(key))) throw new DefsError('BUG', 'the key that was made is none')
  const nkey = publicNkey(key)
  const replace = newKey ? ' --replace' : ''
  const labels = Object.entries(fleet.host?.labels ?? {}).map(([key_, text]) => ` ${word(`${key_}=${text}`)}`)
  const told = labels.length === 0 ? '' : ` --label${labels.join('')}`
  return { host, key: nkey, fleet: fleet.name, admit: `defs fleet admit ${host} ${nkey}${replace}${told}` }
}

/** A word for a shell. */
const word = (text: string) => (/^[\w.=@:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
