// @ts-check
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findTarget, refreshMetadata } from '../../dist/source/liveupdate/tuf.js'
import { openTransport } from '../../dist/transport/open-transport.js'
import { openTufMetadata } from '../../dist/trust/tuf.js'

const most = 1 << 30

/** @param {string} base */
function open(base) {
  return openTransport(base, {
    username: null,
    password: null,
    tls: null,
    authorities: null,
    proxy: null,
    noProxy: [],
    connectTimeout: 20_000,
    stallTimeout: 20_000,
    userAgent: 'defs-tuf-client',
  })
}

/** @param {URL} url @param {number} limit */
async function readEncoded(url, limit) {
  const answer = await fetch(url)
  if (answer.status === 404) return null
  const bytes = new Uint8Array(await answer.arrayBuffer())
  if (!answer.ok || bytes.length > limit) throw new Error(`${url} gave no metadata`)
  return bytes
}

/** @param {string} directory */
function keptIn(directory) {
  const names = readdirSync(directory).filter((name) => name.endsWith('.json'))
  const role = (/** @type {string} */ name) => decodeURIComponent(name.slice(0, -'.json'.length))
  return new Map(names.map((name) => [role(name), readFileSync(join(directory, name))]))
}

/** @param {string} directory @param {string} name @param {Uint8Array} bytes */
function replace(directory, name, bytes) {
  writeFileSync(join(directory, `.${name}.tmp`), bytes)
  renameSync(join(directory, `.${name}.tmp`), join(directory, name))
}

/**
 * Runs one command; rejects where the program ends with 1.
 * @param {readonly string[]} argv
 * @param {Date} now
 */
export async function tufClient(argv, now = new Date()) {
  const { positionals, values } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      'metadata-dir': { type: 'string', default: '' },
      'metadata-url': { type: 'string', default: '' },
      'target-name': { type: 'string', default: '' },
      'target-base-url': { type: 'string', default: '' },
      'target-dir': { type: 'string', default: '' },
    },
  })
  const directory = values['metadata-dir']
  const [command, root] = positionals
  if (command === 'init') {
    mkdirSync(directory, { recursive: true })
    const bytes = readFileSync(root ?? '')
    // Refused now when it is no root.
    openTufMetadata(new Map([['root', bytes]]), now)
    replace(directory, 'root.json', bytes)
    return
  }
  if (command !== 'refresh' && command !== 'download') throw new Error(`unknown command ${command}`)
  if (!existsSync(join(directory, 'root.json'))) throw new Error('init comes first')
  const { signal } = new AbortController()
  const host = open(values['metadata-url'])
  const kept = keptIn(directory)
  const metadata = openTufMetadata(kept, now)
  /** @param {string} name @param {number} limit */
  const read = async (name, limit) => {
    // Our transports take file names; the suite wants odd names of roles as they stand in an address.
    if (name.includes('%'))
      return readEncoded(new URL(name, values['metadata-url'].replace(/\/?$/, '/')), limit)
    return (await host.read(name, limit, signal))?.bytes ?? null
  }
  try {
    await refreshMetadata(metadata, read)
    if (command === 'download') await download(metadata, read, values, signal)
  } finally {
    for (const [role, bytes] of metadata.kept) {
      if (kept.get(role) !== bytes) replace(directory, `${encodeURIComponent(role)}.json`, bytes)
    }
    await host.close()
  }
}

/**
 * @param {import('../../src/source/tuf-metadata.ts').TufMetadata} metadata
 * @param {import('../../src/source/liveupdate/tuf.ts').ReadMetadata} read
 * @param {{ 'target-name': string, 'target-base-url': string, 'target-dir': string }} values
 * @param {AbortSignal} signal
 */
async function download(metadata, read, values, signal) {
  const target = await findTarget(values['target-name'], metadata, read)
  if (!target) throw new Error(`nobody vouches for ${values['target-name']}`)
  const there = join(values['target-dir'], encodeURIComponent(target.path))
  if (existsSync(there) && isStated(target, readFileSync(there))) return
  const host = open(values['target-base-url'])
  try {
    const file = await host.read(target.asked, Math.min(target.bytes, most), signal)
    if (!file) throw new Error(`there is no ${target.asked}`)
    target.check(file.bytes)
    mkdirSync(values['target-dir'], { recursive: true })
    replace(values['target-dir'], encodeURIComponent(target.path), file.bytes)
  } finally {
    await host.close()
  }
}

/** What is here already is not fetched again. @param {{ check: (bytes: Uint8Array) => void }} target @param {Uint8Array} bytes */
function isStated(target, bytes) {
  try {
    target.check(bytes)
    return true
  } catch {
    return false
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  tufClient(process.argv.slice(2)).catch((error) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  })
}
