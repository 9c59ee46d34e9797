import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Config } from '../../config/config.ts'
import { writeFileAtomic } from '../../disk/atomic-file.ts'
import { DefsError } from '../../error.ts'
import { makeEvent } from '../../event/make-event.ts'
import { audit } from '../../publish/audit.ts'
import { type InitRequest, initKeys } from '../../publish/keys/init-keys.ts'
import type { Rotatable } from '../../publish/keys/key-ring.ts'
import { rotateKey } from '../../publish/keys/rotate.ts'
import { showKeys } from '../../publish/keys/show-keys.ts'
import { publishPaths } from '../../publish/paths.ts'
import { renew } from '../../publish/renew.ts'
import { formatTime } from '../../report/span.ts'
import { keepJournal } from '../journal-listener.ts'
import { passphraseOf, passphraseVariable, placeIn, ringOf, treeAt } from '../keys-access.ts'
import { type CommandResult, tableLines } from '../output.ts'
import type { Session } from '../session.ts'

export interface KeysRotateInput {
  readonly role: Rotatable
  readonly to: string | null
}

/** Replaces the key of a role and signs what is published anew. @throws KEYS_*, STORE_* */
export async function runKeysRotate(input: KeysRotateInput, session: Session): Promise<CommandResult> {
  const { role } = input
  const to = placeIn(session, input.to)
  const { config } = await session.load({ writes: treeAt(session, input.to) })
  const { context } = session
  const passphrase = await passphraseOf(config, session)
  const paths = publishPaths(config, to)
  const journal = keepJournal(session, config)
  try {
    const now = context.now()
    const rotated = await rotateKey(paths.keys, role, { passphrase, now })
    const published = existsSync(paths.catalog)
    if (published) {
      await renew({ to, passphrase, lockWait: 60_000 }, config, context)
      await audit(paths, { action: 'rotated', set: null, channel: null, from: null, reason: role }, now)
    }
    const event = makeEvent('key.rotated', { reason: role }, { now, productVersion: config.product.version })
    context.emit({ type: 'event', event })
    const version = rotated.rootVersion === null ? '' : `; the root is version ${rotated.rootVersion} now`
    return {
      exitCode: 0,
      json: { ...rotated, published, events: [event.id] },
      lines: [{ text: `the ${role} key was replaced${version}`, tone: 'good' }],
    }
  } finally {
    await journal.flush()
  }
}

export interface KeysInitInput extends Omit<InitRequest, 'passphrase' | 'now'> {
  readonly to: string | null
  readonly unencrypted: boolean
}

/** Makes the keys of an internal server. @throws KEYS_PRESENT, KEYS_LOCKED without a passphrase, STORE_* */
export async function runKeysInit(input: KeysInitInput, session: Session): Promise<CommandResult> {
  const { config } = await session.load({
    writes: (config) => ringOf(config, placeIn(session, input.to)).directory,
  })
  const passphrase = input.unencrypted ? null : await passphraseOf(config, session)
  if (passphrase === null && !input.unencrypted) {
    const message = `the keys need a passphrase: put it into a file that publish.passphraseFile names, or into ${passphraseVariable}; --unencrypted goes without`
    throw new DefsError('KEYS_LOCKED', message)
  }
  const ring = ringOf(config, placeIn(session, input.to))
  const made = await initKeys(ring, { ...input, passphrase, now: session.context.now() })
  const client = await writeForClients(config, made.anchor)
  return {
    exitCode: 0,
    json: { keys: ring.directory, ...made, client, encrypted: passphrase !== null },
    lines: [
      { text: `keys made in ${ring.directory}`, tone: 'good' },
      `clients get    ${dirname(made.anchor)}: client.yaml is their configuration, and all that it names lies beside it`,
      { text: `take offline   ${made.offline}: needed again only for 'defs keys rotate'`, tone: 'warning' },
    ],
  }
}

/**
 * Writes what clients get beside the two roots: a configuration, and the vendors' certificates that it names. What is
 * mirrored from a vendor keeps the vendor's guard, which the vendor's certificate proves; what is published of the store
 * and of folders of one's own is proved by ours.
 */
async function writeForClients(config: Config, anchor: string): Promise<string> {
  const folder = dirname(anchor)
  const names = [basename(anchor)]
  for (const path of config.trust.anchors) {
    if (path === anchor) continue
    const name = names.includes(basename(path)) ? `${names.length}-${basename(path)}` : basename(path)
    names.push(name)
    // One that is not there yet is told by `config check`.
    const pem = await readFile(path, 'utf8').catch(() => null)
    if (pem !== null) await writeFileAtomic(join(folder, name), pem, 0o644)
  }
  const client = join(folder, 'client.yaml')
  await writeFileAtomic(client, clientConfiguration(config, names), 0o644)
  return client
}

function clientConfiguration(config: Config, anchors: readonly string[]): string {
  const { host, port, certificate } = config.serve
  const reached = ['127.0.0.1', '0.0.0.0', '::', '::1', 'localhost'].includes(host) ? 'updates.example' : host
  return `# A client of this internal server. Copy this folder to it, put the name of the server below, and then:
# defs config check, defs update
trust:
  anchors: [${anchors.map((name) => JSON.stringify(name)).join(', ')}]
  tufRoot: root.json
sources:
  internal: { kind: internal, hosts: ['${certificate === null ? 'http' : 'https'}://${reached}:${port}/'], channel: production }
schedule:
  - { source: internal, every: 1h, jitter: 10m }
`
}

/** Lists the keys of the internal server, never a secret. @throws KEYS_MISSING */
export async function runKeysShow(_: object, session: Session): Promise<CommandResult> {
  const { config } = await session.load()
  const ring = ringOf(config, null)
  const view = await showKeys(ring)
  const rows = view.keys.map(({ role, id, kind, present, expires }) => [
    role,
    id.slice(0, 16),
    kind,
    present ? 'here' : 'elsewhere',
    formatTime(expires),
  ])
  const title = `root version ${view.rootVersion}, threshold ${view.threshold}`
  return {
    exitCode: 0,
    json: { directory: ring.directory, ...view },
    lines: [
      { text: title, tone: 'title' },
      ...tableLines([['role', 'id', 'kind', 'key', 'expires'], ...rows]),
    ],
  }
}
