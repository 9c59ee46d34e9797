import { createHash, generateKeyPairSync, sign } from 'node:crypto'

/** A key of a role. */
export interface TufKey {
  readonly id: string
  readonly public: Json
  readonly sign: (bytes: Buffer) => { keyid: string; sig: string }
}

export const topRoles = ['root', 'timestamp', 'snapshot', 'targets'] as const
export type TopRole = (typeof topRoles)[number]
type Json = { [key: string]: unknown }

/** Who may sign for a role, who does, and what it says. All of it may be changed before it is published. */
export interface RoleState {
  version: number
  expires: string
  keys: TufKey[]
  signers: TufKey[]
  threshold: number
  /** Further members of the signed part. */
  extra: Json
}

/** A role that `targets`, or another role, delegates to. */
export interface Delegated extends RoleState {
  readonly parent: string
  readonly paths: string[]
  readonly terminating: boolean
  readonly claims: Map<string, Buffer>
}

/** A repository of TUF metadata, made without any of the libraries that read it. */
export interface TufRepository {
  readonly roles: Record<TopRole, RoleState>
  readonly delegated: Map<string, Delegated>
  /** What `targets` vouches for. */
  readonly claims: Map<string, Buffer>
  /** What is served, by path: `metadata/...` and `targets/...`. */
  readonly files: Map<string, Uint8Array>
  /** Whether sizes and digests of metadata are stated. */
  hashes: boolean
  /** Members of keys to be added, by key. */
  readonly keyExtra: Map<string, Json>
  /** Signs a role as it stands and puts it out. */
  publish(...roles: string[]): void
  /** A new root. */
  root(): void
  /** New targets, snapshot and timestamp. */
  news(): void
  delegate(name: string, parts?: Partial<Delegated>): Delegated
}

const future = '2099-01-01T00:00:00Z'
export const past = '2020-01-01T00:00:00Z'

/** Canonical JSON: members sorted, no spaces, only quotes and backslashes escaped. */
function canonical(value: unknown): string {
  if (typeof value === 'string') return `"${value.replace(/["\\]/g, '\\$&')}"`
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, one]) => `${canonical(key)}:${canonical(one)}`).join()}}`
}

const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex')

export function makeTufKey(): TufKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex')
  const open = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: raw } }
  const id = sha256(canonical(open))
  return {
    id,
    public: open,
    sign: (bytes) => ({ keyid: id, sig: sign(null, bytes, privateKey).toString('hex') }),
  }
}

function state(): RoleState {
  const key = makeTufKey()
  return { version: 1, expires: future, keys: [key], signers: [key], threshold: 1, extra: {} }
}

/** Opens a repository with one version of everything. */
export function openTufRepository(): TufRepository {
  const roles = { root: state(), timestamp: state(), snapshot: state(), targets: state() }
  const delegated = new Map<string, Delegated>()
  const files = new Map<string, Uint8Array>()
  const keyExtra = new Map<string, Json>()
  const claims = new Map<string, Buffer>()
  const repository: TufRepository = {
    roles,
    delegated,
    claims,
    files,
    hashes: false,
    keyExtra,
    publish(...names) {
      for (const name of names) put(name)
    },
    root() {
      roles.root.version += 1
      put('root')
    },
    news() {
      for (const name of ['targets', 'snapshot', 'timestamp'] as const) {
        roles[name].version += 1
        put(name)
      }
    },
    delegate(name, parts = {}) {
      const made = {
        ...state(),
        parent: 'targets',
        paths: ['*'],
        terminating: false,
        claims: new Map(),
        ...parts,
      }
      delegated.set(name, made)
      return made
    },
  }

  function stateOf(name: string): RoleState {
    const found = topRoles.find((role) => role === name)
    const one = found ? roles[found] : delegated.get(name)
    if (one) return one
    throw new Error(`there is no role ${name}`)
  }

  function put(name: string): void {
    const one = stateOf(name)
    const signed = {
      _type: name in roles ? name : 'targets',
      spec_version: '1.0.31',
      version: one.version,
      expires: one.expires,
      ...contents(name),
      ...one.extra,
    }
    const text = Buffer.from(canonical(signed))
    const bytes = Buffer.from(
      JSON.stringify({ signed, signatures: one.signers.map((key) => key.sign(text)) }),
    )
    files.set(`metadata/${name === 'timestamp' ? '' : `${one.version}.`}${name}.json`, bytes)
    if (!(name in roles) || name === 'targets') placeTargets(name)
  }

  function placeTargets(name: string): void {
    const vouched = name === 'targets' ? claims : (delegated.get(name)?.claims ?? new Map<string, Buffer>())
    for (const [path, bytes] of vouched) {
      const cut = path.lastIndexOf('/') + 1
      files.set(`targets/${path.slice(0, cut)}${sha256(bytes)}.${path.slice(cut)}`, bytes)
    }
  }

  function contents(name: string): Json {
    if (name === 'root') return rootContents()
    if (name === 'timestamp') return { meta: { 'snapshot.json': meta('snapshot') } }
    if (name === 'snapshot') {
      const named = ['targets', ...delegated.keys()].map((role) => [`${role}.json`, meta(role)])
      return { meta: Object.fromEntries(named) }
    }
    const vouched = name === 'targets' ? claims : (delegated.get(name)?.claims ?? new Map<string, Buffer>())
    const targets = [...vouched].map(([path, bytes]) => [
      path,
      { length: bytes.length, hashes: { sha256: sha256(bytes) } },
    ])
    const children = [...delegated].filter(([, { parent }]) => parent === name)
    return {
      targets: Object.fromEntries(targets),
      ...(children.length === 0 ? {} : { delegations: delegations(children) }),
    }
  }

  function rootContents(): Json {
    const all = Object.values(roles).flatMap(({ keys }) => keys)
    return {
      consistent_snapshot: true,
      keys: Object.fromEntries(all.map((key) => [key.id, { ...key.public, ...keyExtra.get(key.id) }])),
      roles: Object.fromEntries(
        Object.entries(roles).map(([role, { keys, threshold }]) => [
          role,
          { keyids: keys.map(({ id }) => id), threshold },
        ]),
      ),
    }
  }

  function delegations(children: [string, Delegated][]): Json {
    return {
      keys: Object.fromEntries(children.flatMap(([, { keys }]) => keys.map((key) => [key.id, key.public]))),
      roles: children.map(([name, { keys, threshold, terminating, paths }]) => ({
        name,
        keyids: keys.map(({ id }) => id),
        threshold,
        terminating,
        paths,
      })),
    }
  }

  function meta(name: string): Json {
    const { version } = stateOf(name)
    const bytes = files.get(`metadata/${version}.${name}.json`)
    if (!repository.hashes || !bytes) return { version }
    return { version, length: bytes.length, hashes: { sha256: sha256(bytes) } }
  }

  repository.publish('root', 'targets', 'snapshot', 'timestamp')
  return repository
}
