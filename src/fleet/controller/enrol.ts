import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { keyOfNkey } from '../../bus/nkey.ts'
import { isToken } from '../../config/fleet.ts'
import { writeFileAtomic } from '../../disk/atomic-file.ts'
import { count, object, tableOf, text } from '../../disk/json-shape.ts'
import { readRecordFile } from '../../disk/record.ts'
import { DefsError, describeError } from '../../error.ts'
import { publishPaths } from '../../publish/paths.ts'
import {
  type BusSeeds,
  hostToken,
  makeAuthority,
  makeSeeds,
  pushAccount,
  salt,
  serverConfiguration,
} from '../bus/authority.ts'
import { makeBusCertificate } from '../bus/certificate.ts'
import { compactFacts, readFacts } from '../fact-file.ts'
import { knownFrom } from '../facts.ts'
import type { Admitted } from '../roster.ts'
import { readAdmitted, writeAdmitted } from './admitted.ts'
import { cardOf } from './card-upkeep.ts'
import { prepareSite, type Site } from './site.ts'

/** What `fleet init` prints. */
export interface FleetMade {
  readonly fleet: string
  /** Number of the card. */
  readonly card: number
  readonly changed: boolean
  readonly files: readonly string[]
  /** The file to give to hosts. */
  readonly join: string
}

/** Makes card, state and, with a bus, all that nats-server is started with. Repeatable. @throws KEYS_*, STORE_* */
export async function initFleet(site: Site): Promise<FleetMade> {
  const { ground, paths, policy, fleet } = site
  const { disk } = ground
  await prepareSite(site)
  const made: string[] = []
  const put = async (path: string, text: string, mode: number) => {
    if (existsSync(path)) return
    await writeFileAtomic(path, text, mode)
    made.push(path)
  }
  await ground.locked(async () => {
    await put(paths.hosts, `${JSON.stringify({ schema: 1, hosts: {} }, null, 1)}\n`, 0o600)
    await put(paths.snapshot, `${JSON.stringify({ schema: 1, upTo: 0, facts: [] }, null, 1)}\n`, 0o600)
    await put(paths.log, '', 0o600)
    await compactFacts((facts) => facts, paths, disk)
  })
  if (fleet.bus === null && fleet.reports !== null && !existsSync(fleet.reports)) {
    await mkdir(fleet.reports, { recursive: true, mode: 0o700 })
    made.push(fleet.reports)
  }
  if (fleet.bus !== null) await initBus(site, put)
  const join_ = join(paths.folder, 'join.yaml')
  await put(join_, joinText(site), 0o644)
  const known = knownFrom(await readFacts(paths, disk))
  const { card: before } = await ground.tree.read()
  const card = cardOf(policy, known, before, ground.now())
  const fresh = before === null
  const wanted = fresh ? { ...card, salt: salt() } : card
  if (fresh || card.number !== before.number) await ground.tree.putCard(wanted)
  const changed = made.length > 0 || fresh || card.number !== before.number
  return { fleet: policy.name, card: wanted.number, changed, files: made, join: join_ }
}

type Put = (path: string, text: string, mode: number) => Promise<void>

async function initBus({ paths, fleet, policy }: Site, put: Put): Promise<void> {
  const { bus } = fleet
  const [first] = bus?.servers ?? []
  if (!bus || first === undefined) return
  const folder = join(paths.folder, 'credentials')
  const nats = join(paths.folder, 'nats')
  for (const path of [folder, nats, join(nats, 'accounts'), join(nats, 'jetstream')])
    await mkdir(path, { recursive: true, mode: 0o700 })
  const seedFile = join(folder, 'seeds.json')
  if (!existsSync(seedFile)) await put(seedFile, `${JSON.stringify(await makeSeeds(), null, 1)}\n`, 0o600)
  const seeds = await readSeeds(seedFile)
  const authority = await makeAuthority(seeds, policy.name, {})
  await put(join(folder, 'controller.creds'), authority.controller, 0o600)
  await put(join(folder, 'administrator.creds'), authority.administrator, 0o600)
  if (bus.credentials !== null) await put(bus.credentials, authority.controller, 0o600)
  const url = new URL(first)
  const secure = first.startsWith('tls:')
  const tls = secure
    ? { certificate: join(nats, 'server.pem'), key: join(nats, 'server.key'), ca: join(nats, 'ca.pem') }
    : null
  if (tls && !existsSync(tls.certificate)) {
    const names = bus.servers.map((server) => new URL(server).hostname.replace(/^\[|\]$/g, ''))
    const certificate = await makeBusCertificate(policy.name, names)
    await put(tls.key, certificate.key, 0o600)
    await put(tls.ca, certificate.ca, 0o644)
    await put(tls.certificate, certificate.certificate, 0o644)
    if (bus.ca !== null) await put(bus.ca, certificate.ca, 0o644)
  }
  const place = {
    host: url.hostname,
    port: Number(url.port),
    store: join(nats, 'jetstream'),
    accounts: join(nats, 'accounts'),
    tls,
  }
  const ready = join(place.store, 'jetstream', authority.accountKey)
  await mkdir(ready, { recursive: true, mode: 0o700 })
  await put(join(ready, 'README'), whyReady, 0o600)
  await put(join(paths.folder, 'nats-server.conf'), serverConfiguration(authority, place, policy.name), 0o600)
}

/**
 * Rule: the folder of the account is there, and not empty, before nats-server starts for the first time; it then reads
 * the account before it lets anybody in. Stops: hosts that come at one moment make nats-server 2.9.10 read the account
 * for each of them and keep a copy for which JetStream is off (nats-server issue 2874).
 */
const whyReady = `As long as this folder holds a file, nats-server makes JetStream ready for this account before hosts come in.\n`

const seedsShape = object<BusSeeds>({
  operator: text,
  system: text,
  account: text,
  hosts: text,
  controller: text,
  administrator: text,
})

async function readSeeds(path: string): Promise<BusSeeds> {
  const seeds = await readRecordFile(path, seedsShape)
  if (seeds) return seeds
  const message =
    seeds === null
      ? `${path} is not there: run 'defs fleet init' first`
      : `${path} holds no seeds: put it back from a copy; new ones would lock every host out`
  throw new DefsError('KEYS_MISSING', message, { path })
}

function joinText({ policy, fleet, config, paths }: Site): string {
  const { keys } = publishPaths(config, null)
  const q = (text: string) => JSON.stringify(text)
  const scheme = config.serve.certificate === null ? 'http' : 'https'
  const { product, version, language } = config.publish
  const bus =
    fleet.bus === null
      ? `bus: none, reports: ${q(fleet.reports ?? '')}`
      : `bus: { servers: [${fleet.bus.servers.map(q).join(', ')}], credentials: fleet.jwt${
          fleet.bus.servers.some((server) => server.startsWith('tls:')) ? ', ca: ca.pem' : ''
        } }`
  return [
    `# For hosts of the fleet ${policy.name}: paste it, put the trust files where it names them, run 'defs fleet join'.`,
    `# The trust files: ${join(keys.trust, 'root.json')}, ${join(keys.trust, 'guard-root.pem')}`,
    "# hosts: where they reach the tree, served by 'defs serve' or any web server",
    ...(fleet.bus === null ? ['# reports: where they reach the folder of the reports, as a share'] : []),
    ...(fleet.bus === null
      ? []
      : [
          `# ca.pem: ${fleet.bus.ca ?? join(paths.folder, 'nats', 'ca.pem')}; fleet.jwt: 'defs fleet credentials HOST --out fleet.jwt'`,
        ]),
    `trust: { tufRoot: ${q(join(keys.trust, 'root.json'))}, anchors: [${q(join(keys.trust, 'guard-root.pem'))}] }`,
    'default: internal',
    'sources:',
    '  internal:',
    '    kind: internal',
    `    hosts: [${q(`${scheme}://${config.serve.host}:${config.serve.port}/`)}]`,
    '    channel: auto',
    `    product: ${q(product)}`,
    `    version: ${q(version)}`,
    `    language: ${q(language)}`,
    `fleet: { name: ${policy.name}, ${bus} }`,
    '',
  ].join('\n')
}

/** What `fleet admit` and `fleet remove` print. */
export interface Enrolled {
  readonly host: string
  readonly key: string | null
  readonly changed: boolean
}

/**
 * Lets a host report. @throws USAGE_ARGUMENT for a name that is no token, a key that is none, or a name that was
 * admitted with another key, without `replace`
 */
export async function admitHost(
  site: Site,
  host: string,
  key: string,
  { labels, replace }: { readonly labels: Readonly<Record<string, string>>; readonly replace: boolean },
): Promise<Enrolled> {
  const { ground, paths } = site
  if (!isToken(host) || host === 'auto')
    throw new DefsError(
      'USAGE_ARGUMENT',
      `'${host}' is no name of a host: at most 64 letters, digits, '-' and '_'`,
    )
  if (keyOfNkey(key) === null)
    throw new DefsError(
      'USAGE_ARGUMENT',
      "the key is none: 'defs fleet join' on the host prints it, U and 55 more",
    )
  await prepareSite(site)
  return ground.locked(async () => {
    const all = await readAdmitted(paths.hosts, ground.disk)
    const before = all.get(host)
    if (before && before.key !== key && !replace)
      throw new DefsError(
        'USAGE_ARGUMENT',
        `${host} is admitted with another key: --replace takes this one instead`,
      )
    const same = before?.key === key && sameLabels(before.labels, labels)
    if (before && same) return { host, key, changed: false }
    const entry: Admitted = { key, labels: { ...before?.labels, ...labels }, at: ground.now().toISOString() }
    await writeAdmitted(paths.hosts, all.set(host, entry), ground.disk)
    site.report('host.admitted', { host })
    if (before && before.key !== key) await revoke(site, before.key)
    return { host, key, changed: true }
  })
}

function sameLabels(had: Readonly<Record<string, string>>, given: Readonly<Record<string, string>>): boolean {
  return Object.entries(given).every(([key, value]) => had[key] === value)
}

/** Lets a host report no more. @throws USAGE_ARGUMENT for one that is not admitted */
export async function removeHost(site: Site, host: string): Promise<Enrolled> {
  const { ground, paths } = site
  return ground.locked(async () => {
    const all = await readAdmitted(paths.hosts, ground.disk)
    const before = all.get(host)
    if (!before) return { host, key: null, changed: false }
    all.delete(host)
    await writeAdmitted(paths.hosts, all, ground.disk)
    site.report('host.removed', { host })
    await revoke(site, before.key)
    return { host, key: before.key, changed: true }
  })
}

/** Tells a server that runs; one that does not is told at its next start, by what is pushed then. */
async function revoke({ fleet, paths, policy, ground }: Site, key: string): Promise<void> {
  if (fleet.bus === null) return
  const folder = join(paths.folder, 'credentials')
  const file = join(folder, 'revoked.json')
  try {
    const before = await readRecordFile(file, tableOf(count))
    if (before === undefined)
      throw new DefsError('STORE_RECORD', `${file} is no list of revoked keys: put it back from a copy`)
    const revoked = { ...before, [key]: Math.floor(ground.now().getTime() / 1000) }
    await ground.disk.replace(file, `${JSON.stringify(revoked, null, 1)}\n`)
    const authority = await makeAuthority(await readSeeds(join(folder, 'seeds.json')), policy.name, revoked)
    await pushAccount(fleet.bus, join(folder, 'administrator.creds'), authority.accountToken)
  } catch (error) {
    ground.note(
      `the bus was not told that ${key.slice(0, 8)}… is out, its reports are refused all the same: ${describeError(error)}`,
    )
  }
}

/** Writes the token of a host: it holds no secret, the host proves its own key. @throws USAGE_ARGUMENT, KEYS_MISSING */
export async function writeCredentials(
  site: Site,
  host: string,
  out: string,
): Promise<{ host: string; file: string }> {
  const { fleet, ground, paths } = site
  if (fleet.bus === null)
    throw new DefsError('USAGE_ARGUMENT', 'this fleet has no bus: its hosts need no credentials')
  const entry = (await readAdmitted(paths.hosts, ground.disk)).get(host)
  if (!entry) throw new DefsError('USAGE_ARGUMENT', `${host} is not admitted: 'defs fleet admit' comes first`)
  const token = await hostToken(
    await readSeeds(join(paths.folder, 'credentials', 'seeds.json')),
    host,
    entry.key,
  )
  await writeFileAtomic(
    out,
    `-----BEGIN NATS USER JWT-----\n${token}\n------END NATS USER JWT------\n`,
    0o600,
  )
  return { host, file: out }
}
