import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { writeCorpus } from './corpus.mjs'
import { writeCrowdedStore } from './crowd.mjs'
import { once } from './measure.mjs'
import { writeSignatureStore } from './signatures.mjs'
import { makeAuthority, publish, startNginx, startVsftpd } from './vendor.mjs'
import { openWorks } from './works.mjs'

/**
 * Prepares what the chosen cases use, and nothing else:
 * - `daily`, `large`, `small`: a set that a vendor made with openssl and zip, and a store; but for `large` it is current there.
 * - `works`: a publisher of our own with two days, and a client that has the first; `few` and `many` are the same with
 *   30 and 3,000 files of together a tenth of the bytes.
 * - `crowded`: a store as it looks after years.
 * - `journals`: three stores, with a set and 10,000 events, with 90 sets and 1,000,000 events, and one of as many events that
 *   tell of no more sets than the first.
 * - `signatures`: a store with two sets of 500,000 signatures.
 * @param bench `{ root, program }`; gets what was made, and the servers
 */
export async function prepare(bench, { uses, sizes, has, say }) {
  const www = join(bench.root, 'www')
  mkdirSync(www)
  if (has('nginx')) bench.nginx = await startNginx(www, mkdtempSync(join(bench.root, 'nginx-')))
  if (has('vsftpd')) bench.vsftpd = await startVsftpd(www, mkdtempSync(join(bench.root, 'vsftpd-')))
  for (const [name, megabytes] of Object.entries({ ...sizes, small: 0.2 })) {
    if (!uses.has(name)) continue
    say(`making the ${name} set of ${megabytes} MB`)
    await prepareVendor(bench, name, megabytes * 1e6)
    if (name === 'large' || !(bench.nginx || bench.vsftpd)) continue
    const source = bench.nginx ? 'http' : 'ftp'
    await once([process.execPath, bench.program, 'update', '--source', source, ...bench[name].config])
  }
  for (const [name, bytes, files] of [
    ['works', sizes.daily * 1e6, null],
    ['few', sizes.daily * 1e5, 30],
    ['many', sizes.daily * 1e5, 3000],
  ]) {
    if (!uses.has(name)) continue
    say(`publishing two days of ${bytes / 1e6} MB${files === null ? '' : ` in ${files} files`}`)
    await prepareWorks(bench, name, bytes, files)
  }
  if (uses.has('signatures')) {
    say('making two sets of 500,000 signatures')
    prepareSignatures(bench)
  }
  if (uses.has('crowded')) {
    const store = join(bench.root, 'store-crowded')
    writeCrowdedStore(store, 90, 100_000)
    bench.crowded = { store, config: writeConfig(bench, 'crowded', { store, more: sourcesOf({}) }) }
  }
  if (uses.has('journals')) {
    say('writing journals of 10,000 and of 1,000,000 events')
    bench.journals = {
      small: writeStore(bench, 'small-journal', 1, 10_000, 1),
      large: writeStore(bench, 'large-journal', 90, 1_000_000, 8),
      sparse: writeStore(bench, 'sparse-journal', 90, 1_000_000, 8, 800),
    }
  }
}

function writeStore(bench, name, ...crowd) {
  const store = join(bench.root, `store-${name}`)
  writeCrowdedStore(store, ...crowd)
  const more = `events: { journal: { maxBytes: 1GiB } }\n${sourcesOf({})}`
  return { store, config: writeConfig(bench, name, { store, more }) }
}

function prepareSignatures(bench) {
  const store = join(bench.root, 'store-signatures')
  writeSignatureStore(store, 500_000)
  bench.signatures = { store, config: writeConfig(bench, 'signatures', { store, more: '' }) }
}

async function prepareVendor(bench, name, bytes) {
  const authority = join(bench.root, `authority-${name}`)
  const anchor = makeAuthority(authority)
  const folder = join(bench.root, 'set')
  const names = writeCorpus(folder, bytes, 7)
  const set = '20261120.001'
  // The large one is about memory, not about bytes.
  const level = name === 'large' ? 1 : 6
  const file = await publish({ folder, names, set, tree: join(bench.root, 'www', name), authority, level })
  rmSync(folder, { recursive: true })
  const store = join(bench.root, `store-${name}`)
  const at = { http: httpOf(bench, name), ftp: `ftp://127.0.0.1:${bench.vsftpd?.port ?? 1}/${name}/` }
  const config = writeConfig(bench, name, { store, anchor, more: sourcesOf(at) })
  bench[name] = { package: basename(file), store, config, ...at }
}

async function prepareWorks(bench, own, bytes, files) {
  const http = httpOf(bench, own)
  const works = await openWorks(join(bench.root, own), join(bench.root, 'www', own), bytes, {
    program: bench.program,
    files,
    writeConfig: (name, parts) => writeConfig(bench, `${own}-${name}`, parts),
  })
  const store = join(bench.root, `store-${own}`)
  const product = "product: 'SMSMSE Virus Definitions', version: '6.5', language: symalllanguages"
  const more = `default: internal\nsources: { internal: { kind: internal, hosts: ['${http}'], ${product} } }\n`
  const client = {
    store,
    first: `${store}-first`,
    config: writeConfig(bench, `${own}-client`, { store, anchor: works.anchor, more }),
  }
  bench[own] = { works, http, client }
  if (bench.nginx) {
    await once([process.execPath, bench.program, 'update', ...client.config])
    cpSync(store, client.first, { recursive: true, verbatimSymlinks: true })
  }
  await once(works.publishNext)
}

function httpOf({ nginx }, name) {
  return `http://127.0.0.1:${nginx?.port ?? 1}/${name}/`
}

function sourcesOf({ http = 'http://127.0.0.1:1/', ftp = 'ftp://127.0.0.1:1/' }) {
  return `default: http
sources:
  http: { kind: liveupdate, hosts: ['${http}'] }
  ftp: { kind: liveupdate, hosts: ['${ftp}'] }
`
}

function writeConfig({ root }, name, { store, anchor = join(root, 'root.pem'), more }) {
  const file = join(root, `${name}.yaml`)
  writeFileSync(file, `store: { root: '${store}' }\ntrust: { anchors: ['${anchor}'] }\n${more}`)
  return ['--config', file]
}
