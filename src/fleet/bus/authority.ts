import { createHash, randomBytes } from 'node:crypto'
import { busNames } from '../../bus/connect.ts'

/** The seeds behind the rights on the bus. Secrets: they stay with the controller. */
export interface BusSeeds {
  readonly operator: string
  readonly system: string
  readonly account: string
  /** Signs for hosts, who get the rights of its template and no others. */
  readonly hosts: string
  readonly controller: string
  /** Tells the server of changed rights. */
  readonly administrator: string
}

/** Everything that the server and the controller are given. */
export interface BusAuthority {
  readonly operatorToken: string
  readonly systemKey: string
  readonly systemToken: string
  readonly accountKey: string
  readonly accountToken: string
  /** Credentials files. */
  readonly controller: string
  readonly administrator: string
}

const GiB = 1024 ** 3

/** Makes all keys. */
export async function makeSeeds(): Promise<BusSeeds> {
  const { createAccount, createOperator, createUser } = await import('@nats-io/nkeys')
  const seed = (pair: { getSeed: () => Uint8Array }) => Buffer.from(pair.getSeed()).toString()
  return {
    operator: seed(createOperator()),
    system: seed(createAccount()),
    account: seed(createAccount()),
    hosts: seed(createAccount()),
    controller: seed(createUser()),
    administrator: seed(createUser()),
  }
}

/**
 * What a host may do: publish its own report and its own events, hear announcements, and read what was said last.
 * Templates replace whole tokens only, so a host's name must be one.
 */
function hostTemplate(fleet: string) {
  const names = busNames(fleet)
  return {
    pub: { allow: [names.report('{{name()}}'), names.event('{{name()}}'), names.readCard], deny: [] },
    sub: { allow: ['_INBOX.{{name()}}.>', names.announcement], deny: [] },
    subs: 10,
    payload: 16 * 1024,
    data: -1,
    bearer_token: false,
    allowed_connection_types: ['STANDARD' as const],
  }
}

/** Signs the tokens of operator, accounts and the controller. `revoked`: public keys that may come in no more. */
export async function makeAuthority(
  seeds: BusSeeds,
  fleet: string,
  revoked: Readonly<Record<string, number>>,
): Promise<BusAuthority> {
  const { encodeAccount, encodeOperator, encodeUser, fmtCreds, newScopedSigner } = await import(
    '@nats-io/jwt'
  )
  const { fromSeed } = await import('@nats-io/nkeys')
  const pair = (seed: string) => fromSeed(new TextEncoder().encode(seed))
  const [operator, system, account] = [pair(seeds.operator), pair(seeds.system), pair(seeds.account)]
  const unbounded = {
    conn: -1,
    leaf: 0,
    imports: -1,
    exports: -1,
    wildcards: true,
    subs: -1,
    data: -1,
    payload: -1,
  }
  const systemToken = await encodeAccount('SYS', system, { limits: unbounded }, { signer: operator })
  const accountToken = await encodeAccount(
    fleet,
    account,
    {
      limits: {
        ...unbounded,
        mem_storage: 0,
        disk_storage: GiB,
        streams: 10,
        consumer: 20,
        max_bytes_required: true,
      },
      signing_keys: [newScopedSigner(pair(seeds.hosts), 'host', hostTemplate(fleet))],
      ...(Object.keys(revoked).length > 0 ? { revocations: revoked } : {}),
    },
    { signer: operator },
  )
  const operatorToken = await encodeOperator(fleet, operator, { system_account: system.getPublicKey() })
  const controller = pair(seeds.controller)
  const administrator = pair(seeds.administrator)
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
  return {
    operatorToken,
    systemKey: system.getPublicKey(),
    systemToken,
    accountKey: account.getPublicKey(),
    accountToken,
    controller: text(fmtCreds(await encodeUser('controller', controller, account), controller)),
    administrator: text(fmtCreds(await encodeUser('administrator', administrator, system), administrator)),
  }
}

/** The token of a host, for the key that it proves itself: no secret is in it. */
export async function hostToken(
  seeds: Pick<BusSeeds, 'account' | 'hosts'>,
  host: string,
  nkey: string,
): Promise<string> {
  const { encodeUser } = await import('@nats-io/jwt')
  const { fromPublic, fromSeed } = await import('@nats-io/nkeys')
  const pair = (seed: string) => fromSeed(new TextEncoder().encode(seed))
  return encodeUser(
    host,
    fromPublic(nkey),
    pair(seeds.hosts),
    { issuer_account: pair(seeds.account).getPublicKey() },
    { scopedUser: true },
  )
}

/** The rights of the bus as the server is to know them now; pushed to a server that runs. */
export async function pushAccount(
  bus: { readonly servers: readonly string[]; readonly ca: string | null },
  administrator: string,
  accountToken: string,
): Promise<void> {
  const { connectBus } = await import('../../bus/connect.ts')
  const connection = await connectBus(
    { ...bus, credentials: administrator },
    { name: 'administrator', seed: null },
    { patience: 5000, stay: false },
  )
  try {
    await connection.request('$SYS.REQ.CLAIMS.UPDATE', accountToken, { timeout: 5000 })
  } finally {
    await connection.close().catch(() => undefined)
  }
}

/** Where the server listens and keeps what it is given. */
export interface ServerPlace {
  readonly host: string
  readonly port: number
  readonly store: string
  readonly accounts: string
  /** PEM files; null in the clear. */
  readonly tls: { readonly certificate: string; readonly key: string } | null
}

/** A configuration that `nats-server -c` starts with as it is. */
export function serverConfiguration(authority: BusAuthority, place: ServerPlace, fleet: string): string {
  const quoted = (text: string) => JSON.stringify(text)
  const name = createHash('sha256').update(authority.accountKey).digest('hex').slice(0, 8)
  return [
    `# The bus of the fleet ${fleet}, made by 'defs fleet init': nats-server -c THIS FILE`,
    `server_name: ${quoted(`defs-${fleet}-${name}`)}`,
    `listen: ${quoted(`${place.host}:${place.port}`)}`,
    'max_connections: 65536',
    'max_payload: 65536',
    'write_deadline: "10s"',
    // Of ten thousand hosts that come at once the last ones wait for their turn.
    'authorization { timeout: 30 }',
    `jetstream {`,
    `  store_dir: ${quoted(place.store)}`,
    '  max_memory_store: 64MB',
    '  max_file_store: 1GB',
    '}',
    ...(place.tls === null
      ? []
      : [
          'tls {',
          `  cert_file: ${quoted(place.tls.certificate)}`,
          `  key_file: ${quoted(place.tls.key)}`,
          '  timeout: 30',
          '}',
        ]),
    `operator: ${quoted(authority.operatorToken)}`,
    `system_account: ${quoted(authority.systemKey)}`,
    'resolver {',
    '  type: full',
    `  dir: ${quoted(place.accounts)}`,
    '  allow_delete: false',
    '  interval: "2m"',
    '}',
    'resolver_preload {',
    `  ${authority.systemKey}: ${quoted(authority.systemToken)}`,
    `  ${authority.accountKey}: ${quoted(authority.accountToken)}`,
    '}',
    '',
  ].join('\n')
}

/** Sixteen random bytes in hexadecimal. */
export function salt(): string {
  return randomBytes(16).toString('hex')
}
