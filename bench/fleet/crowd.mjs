import { createHash, createPrivateKey, createPublicKey, sign as signWith, verify } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fromSeed } from '@nats-io/nkeys'
import { connect } from '@nats-io/transport-node'
import { readSmallArchive } from '../../dist/archive/small-archive.js'
import { busNames } from '../../dist/bus/connect.js'
import { makeHostKey, publicNkey } from '../../dist/bus/nkey.js'
import { newsJudge } from '../../dist/fleet/host/news.js'
import { openWaking } from '../../dist/fleet/host/wake.js'
import { signReport } from '../../dist/fleet/report.js'
import { readCard, ringOf } from '../../dist/source/liveupdate/fleet-card.js'
import { readTri } from '../../dist/source/liveupdate/tri.js'
import { findTarget, refreshMetadata } from '../../dist/source/liveupdate/tuf.js'
import { openTufMetadata } from '../../dist/trust/tuf.js'
import { Reader } from './reader.mjs'

const names = busNames('f1')
const subject = { product: 'SMSMSE Virus Definitions', version: '6.5', language: 'symalllanguages' }

/**
 * Hosts of a fleet, all in this process: each with a key and a connection of its own, its own wake rule and its own
 * signed reports, by the code that real hosts run. What is simulated is the scanner and the disk behind it: taking a
 * set is a moment. Every host asks the tree for its timestamp itself and verifies the signature on what it got; what
 * hangs below one timestamp is fetched and proved once for all, and so is an announcement.
 */
export class Crowd {
  constructor(site, count, { spread = 0 } = {}) {
    this.site = site
    this.spread = spread
    this.reader = new Reader(site.nginx.port)
    this.judged = new WeakMap()
    this.requests = 0
    this.sent = 0
    this.failed = 0
    this.trees = new Map()
    this.root = readFileSync(join(site.root, 'keys', 'trust', 'root.json'))
    this.outcome = () => 'in-use'
    this.onTake = null
    this.hosts = Array.from({ length: count }, (_, index) => this.#host(`h${String(index).padStart(5, '0')}`))
    this.byName = new Map(this.hosts.map((host) => [host.name, host]))
  }

  #host(name) {
    const key = makeHostKey()
    return {
      name,
      key,
      nkey: publicNkey(key),
      seq: 0,
      current: null,
      previous: null,
      statement: 0,
      ring: null,
      candidate: null,
      withdrawn: new Set(),
      connection: null,
      waking: null,
      asks: 0,
      movedAt: 0,
    }
  }

  /** Admits all of them, as `defs fleet admit` would one by one, and signs their tokens. */
  admit() {
    const at = new Date().toISOString()
    const hosts = Object.fromEntries(
      this.hosts.map(({ name, nkey }) => [name, { key: nkey, labels: {}, at }]),
    )
    const path = join(this.site.state, 'hosts.json')
    writeFileSync(path, `${JSON.stringify({ schema: 1, hosts })}\n`, { mode: 0o600 })
    const seeds = JSON.parse(readFileSync(join(this.site.state, 'credentials', 'seeds.json'), 'utf8'))
    this.sign = tokenSigner(seeds)
  }

  /** Connects hosts, some at once. */
  async connect(hosts = this.hosts, atOnce = 100) {
    const left = [...hosts]
    const work = async () => {
      for (let host = left.pop(); host; host = left.pop()) await this.#connect(host)
    }
    await Promise.all(Array.from({ length: atOnce }, work))
  }

  async #connect(host) {
    const jwt = this.sign(host)
    const authenticator = (nonce) => ({
      jwt,
      nkey: '',
      sig: nonce ? signWith(null, Buffer.from(nonce), host.key).toString('base64url') : '',
    })
    host.waking ??= openWaking({
      random: Math.random,
      spread: async () => this.spread,
      worth: (hint) => this.#worth(host, hint),
      ask: () =>
        void this.ask(host).catch((error) => {
          this.lastError ??= error
          this.failed += 1
        }),
    })
    for (let tried = 1; !host.connection; tried++) {
      host.connection = await this.#open(host, authenticator).catch((error) => {
        if (tried === 10) throw error
      })
    }
    host.connection.subscribe(names.announcement, {
      callback: (_error, message) => host.waking.hint(message.string()),
    })
    void this.#rejoin(host, host.connection)
  }

  /** Judges an announcement as real hosts do, once for all that trust the same metadata. */
  #worth({ kept }, hint) {
    if (!kept) return { news: false, soon: false }
    const judged = this.judged.get(kept) ?? new Map()
    this.judged.set(kept, judged)
    if (!judged.has(hint)) {
      const judge = newsJudge(
        async () => [kept],
        () => new Date(),
      )
      judged.set(hint, judge(hint))
    }
    return judged.get(hint)
  }

  #open(host, authenticator) {
    return connect({
      servers: `127.0.0.1:${this.site.port}`,
      name: host.name,
      inboxPrefix: `_INBOX.${host.name}`,
      authenticator,
      timeout: 60_000,
      reconnect: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 1000,
      reconnectJitter: 4000,
      ignoreClusterUpdates: true,
      pingInterval: 600_000,
    })
  }

  async #rejoin(host, connection) {
    for await (const { type } of connection.status()) {
      if (type !== 'reconnect') continue
      host.rejoinedAt = performance.now()
      // Ten thousand ask at once: a server that is busy answers some of them too late.
      for (let tried = 0, answer = null; tried < 10 && !answer && !connection.isClosed(); tried++) {
        answer = await connection.request(names.readCard, '', { timeout: 20_000 }).catch(() => null)
        if (answer && answer.data.length > 0) host.waking.hint(answer.string())
      }
      if (host.undelivered) await this.report(host)
    }
  }

  async disconnect(hosts) {
    await Promise.all(
      hosts.map(async (host) => {
        const { connection } = host
        host.connection = null
        await connection?.close()
      }),
    )
  }

  /** A host asks its source: the timestamp by itself, and what hangs below it. */
  async ask(host) {
    host.asks += 1
    const timestamp = await this.#timestamp()
    const tree = await this.#tree(timestamp)
    if (!verify(null, tree.signed, tree.key, tree.signature)) throw new Error('the timestamp does not hold')
    if (tree.version < (host.version ?? 0)) throw new Error('an older timestamp')
    host.version = tree.version
    host.kept = tree.kept
    host.askedAt = performance.now()
    const found = ringOf(tree.card, host.name, {})
    if (!found) return
    host.ring = found.ring.name
    host.why = found.why
    const offer = tree.offers.get(found.ring.channel)
    if (!offer) return
    for (const set of offer.withdrawn) host.withdrawn.add(set)
    if (offer.number < host.statement || offer.set === host.current) {
      host.statement = Math.max(host.statement, offer.number)
      return
    }
    host.statement = offer.number
    await this.take(host, offer.set)
  }

  async take(host, set) {
    const outcome = this.outcome(host, set)
    const at = new Date().toISOString()
    if (this.saysTaking || outcome === 'dies') {
      host.candidate = { set, outcome: null, exitCode: null, error: null, at }
      await this.report(host, 'taking')
      if (outcome === 'dies') return
    }
    const codes = { refused: [7, 'GATE_REFUSED'], environment: [6, 'STORE_FULL'] }
    const [exitCode, error] = codes[outcome] ?? [0, null]
    host.candidate = { set, outcome, exitCode, error, at }
    if (outcome === 'in-use' || outcome === 'confirmed') {
      host.previous = host.current
      host.current = set
      host.movedAt = performance.now()
    }
    this.onTake?.(host, set, outcome)
    await this.report(host)
  }

  /** Signs and sends what a host says of itself; it is sent again when the bus comes back. */
  async report(host, phase = 'done') {
    host.seq += 1
    host.undelivered = true
    await this.#deliver(host, this.reportOf(host, phase), phase === 'taking' ? 1 : 20)
  }

  /** A report that the bus did not take is sent again, as a daemon does, until there is a newer one. */
  async #deliver(host, text, tries) {
    const { seq } = host
    for (let tried = 0; tried < tries && host.connection && host.seq === seq; tried++) {
      try {
        const answer = await host.connection.request(names.report(host.name), text, { timeout: 30_000 })
        if (answer.json().error) throw new Error(JSON.stringify(answer.json().error))
        host.undelivered = false
        this.sent += 1
        return
      } catch {
        this.failed += 1
        await setTimeout(5000 * (1 + Math.random()), undefined, { ref: false })
      }
    }
  }

  reportOf(host, phase = 'done', more = {}) {
    const { name, seq, ring, why, current, previous, candidate, statement } = host
    const report = {
      schema: 1,
      fleet: 'f1',
      host: name,
      ring,
      why: why ?? null,
      seq,
      at: new Date().toISOString(),
      phase,
      current,
      previous,
      inUse: current,
      grade: current === null ? null : 'certified',
      ageSeconds: 60,
      statement: ring === null ? null : { channel: ring, number: statement },
      candidate,
      lastAttempt: null,
      holds: [],
      barred: [],
      licence: { state: 'unlicensed' },
      labels: {},
      defs: '0.1.0',
      scanner: { kind: 'none', version: null },
      disk: { freeBytes: 1e9 },
      every: 900,
      confirms: false,
      ...more,
    }
    return JSON.stringify(signReport(report, host.key, host.nkey))
  }

  #timestamp() {
    return this.read('metadata/timestamp.json')
  }

  read(path) {
    this.requests += 1
    return this.reader.read(path)
  }

  /** What hangs below a timestamp, proved from the pinned root on. */
  #tree(timestamp) {
    const id = createHash('sha256').update(timestamp).digest('hex')
    const known = this.trees.get(id)
    if (known) return known
    const made = this.#prove(timestamp)
    this.trees.set(id, made)
    return made
  }

  async #prove(timestamp) {
    const metadata = openTufMetadata(new Map([['root', this.root]]), new Date())
    const readMetadata = async (name) =>
      name === 'timestamp.json'
        ? timestamp
        : name.endsWith('.root.json')
          ? null
          : this.read(`metadata/${name}`)
    await refreshMetadata(metadata, readMetadata)
    const target = async (path) => {
      const found = await findTarget(path, metadata, readMetadata)
      const bytes = found ? await this.read(found.asked) : null
      if (found && bytes) found.check(bytes)
      return bytes
    }
    const card = readCard(await target('fleet/f1.json'), 'f1')
    const offers = new Map()
    for (const { channel } of card.rings) {
      const archive = await target(`${channel}/livetri.zip`)
      if (!archive) continue
      const files = await readSmallArchive(archive)
      const [item] = readTri(Buffer.from(files.get('liveupdt.tri')).toString('latin1'), subject).full
      offers.set(channel, { set: item.set, ...item.statement })
    }
    const { signed, signatures } = JSON.parse(timestamp.toString())
    const { keys, roles } = JSON.parse(this.root.toString()).signed
    const [keyId] = roles.timestamp.keyids
    const raw = Buffer.from(keys[keyId].keyval.public, 'hex')
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw])
    return {
      version: signed.version,
      kept: metadata.kept,
      card,
      offers,
      signed: Buffer.from(canonical(signed)),
      key: createPublicKey({ key: der, format: 'der', type: 'spki' }),
      signature: Buffer.from(signatures.find(({ keyid }) => keyid === keyId).sig, 'hex'),
    }
  }
}

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.keys(value).sort()
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`
}

/** Signs tokens as `defs fleet credentials` does, by node:crypto: ten thousand of them are wanted at once. */
function tokenSigner({ account, hosts }) {
  const [accountKey, hostsKey] = [account, hosts].map(nkeyOfAccount)
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return ({ name, nkey }) => {
    const body = {
      jti: createHash('sha256').update(nkey).digest('hex').slice(0, 52).toUpperCase(),
      iat: Math.floor(Date.now() / 1000),
      iss: hostsKey.nkey,
      name,
      sub: nkey,
      nats: { type: 'user', version: 2, issuer_account: accountKey.nkey },
    }
    const text = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part(body)}`
    return `${text}.${signWith(null, Buffer.from(text), hostsKey.key).toString('base64url')}`
  }
}

/** The two halves of an account's key: its public nkey, and the private key for node:crypto. */
function nkeyOfAccount(seed) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...seed].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const bytes = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)))
  // Two bytes for the kind stand before the 32 of the key.
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), bytes.subarray(2, 34)])
  return {
    nkey: fromSeed(Buffer.from(seed)).getPublicKey(),
    key: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }),
  }
}
