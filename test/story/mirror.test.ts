import { type ChildProcess, execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openssl } from '../support/authority.ts'
import { sampleFiles } from '../support/definition-set.ts'
import { startFtpServer } from '../support/ftp-server.ts'
import { lookAt } from '../support/look.ts'
import { noise as noiseOf } from '../support/noise.ts'
import { isInstalled, openToAll, startNginx, startVsftpd } from '../support/real-servers.ts'
import { runDefs, startDefs } from '../support/run-defs.ts'
import { startVendor, type Vendor } from '../support/vendor.ts'

const env = { DEFS_KEYS_PASSPHRASE: 'correct horse battery' }
const [first, second] = ['20261120.003', '20261121.001'] as const
const product = "product: 'SMSMSE Virus Definitions', version: '6.5', language: symalllanguages"
const tufClient = join(dirname(fileURLToPath(import.meta.url)), '..', 'support', 'tuf-client')

const noise = noiseOf(64 * 1024)
const changed = (set: string) => Buffer.concat([noise.subarray(0, 20_000), Buffer.from(set)])

let vendor: Vendor
let tree: string
let publisher: string
const keys = () => join(vendor.directory, 'keys')
const defs = (...args: string[]) => runDefs([...args, '--json', '--config', publisher], { env })

beforeAll(async () => {
  vendor = await startVendor()
  tree = join(vendor.directory, 'tree')
  publisher = vendor.configure(`publish: { root: '${tree}', keys: '${keys()}' }`)
  expect((await defs('keys', 'init')).code).toBe(0)
  cpSync(join(keys(), 'trust'), join(vendor.directory, 'pinned'), { recursive: true })
  // The vendor's sets go through testing; clients of production see only what was promoted.
  for (const set of [first, second]) {
    // Large beside what changes, so that incremental packages pay.
    vendor.certify({ set, files: sampleFiles(set).set('NOISE.DAT', noise).set('CHANGED.DAT', changed(set)) })
    expect((await defs('publish', '--from', 'liveupdate', '--channel', 'testing')).json).toMatchObject({
      set,
    })
    expect((await defs('promote', set, '--to', 'production')).json).toMatchObject({ changed: true })
  }
  openToAll(vendor.directory)
})
afterAll(() => vendor.close())

/** A client of the tree, with and without TUF, that begins with nothing. */
async function expectUpdates(host: string, name: string): Promise<void> {
  for (const pinned of ['', `, tufRoot: '${vendor.directory}/pinned/root.json'`]) {
    const store = join(vendor.directory, `${name}${pinned === '' ? '' : '-tuf'}`)
    const config = `${store}.yaml`
    writeFileSync(
      config,
      `store: { root: '${store}' }
trust: { anchors: ['${vendor.authority.rootPath}', '${vendor.directory}/pinned/guard-root.pem']${pinned} }
sources: { internal: { kind: internal, hosts: ['${host}'], ${product} } }`,
    )
    const run = await runDefs(['update', '--json', '--config', config])
    expect(run.json).toMatchObject({
      exitCode: 0,
      current: second,
      changed: true,
      signedBy: 'authority-signer',
    })
    expect(lookAt(store)).toMatchObject({ current: second, leftovers: [], damage: [] })
  }
}

/** Starts `defs serve` and waits for its address. */
async function startServe(): Promise<{
  url: string
  child: ChildProcess
  ended: Promise<{ code: number | null }>
}> {
  const { child, ended } = startDefs(['serve', '--port', '0', '--config', publisher], { env })
  const url = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stderr?.on('data', (piece: Buffer) => {
      text += piece.toString()
      const found = /http:\/\/[\d.]+:\d+\//.exec(text)
      if (found) resolve(found[0])
    })
    child.once('close', () => reject(new Error(text)))
  })
  return { url, child, ended }
}

describe('a mirror of the vendor', () => {
  it('serves clients from a plain folder', () => expectUpdates(tree, 'folder'))

  it('serves clients by our own server, until it is told to stop', async () => {
    const { url, child, ended } = await startServe()
    await expectUpdates(url, 'serve')
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
  })

  it('serves clients over FTP', async () => {
    const ftp = await startFtpServer({ files: tree })
    try {
      await expectUpdates(ftp.url, 'ftp')
    } finally {
      await ftp.close()
    }
  })

  it.skipIf(!isInstalled('nginx'))('serves clients by nginx', async () => {
    const nginx = await startNginx(vendor.directory, tree)
    try {
      await expectUpdates(`http://127.0.0.1:${nginx.port}/`, 'nginx')
    } finally {
      await nginx.stop()
    }
  })

  it.skipIf(!isInstalled('vsftpd'))('serves clients by vsftpd', async () => {
    const vsftpd = await startVsftpd(vendor.directory, tree)
    try {
      await expectUpdates(`ftp://127.0.0.1:${vsftpd.port}/`, 'vsftpd')
    } finally {
      await vsftpd.stop()
    }
  })

  it.skipIf(!['curl', 'unzip', 'xdelta3'].every(isInstalled))(
    'serves what curl, unzip, openssl and xdelta3 agree with',
    async () => {
      const { url, child, ended } = await startServe()
      const look = mkdtempSync(join(vendor.directory, 'look-'))
      const curl = (path: string, ...more: string[]) =>
        execFileSync('curl', ['-sSf', ...more, `${url}${path}`], { cwd: look, maxBuffer: 1 << 26 })
      const unpack = (zip: string) => {
        expect(execFileSync('unzip', ['-tq', zip], { cwd: look }).toString()).toContain('No errors')
        execFileSync('unzip', ['-oq', zip, '-d', zip.slice(0, -4)], { cwd: look })
        const folder = join(look, zip.slice(0, -4))
        const proof = [
          '-inform',
          'DER',
          '-binary',
          '-in',
          join(folder, 'v.sig'),
          '-content',
          join(folder, 'v.grd'),
        ]
        const anchor =
          zip === 'livetri.zip' ? `${vendor.directory}/pinned/guard-root.pem` : vendor.authority.rootPath
        openssl(['cms', '-verify', ...proof, '-CAfile', anchor, '-purpose', 'any', '-no_check_time'])
        return folder
      }
      try {
        curl('production/livetri.zip', '-O')
        const tri = readFileSync(join(unpack('livetri.zip'), 'liveupdt.tri'), 'latin1')
        const named = [...tri.matchAll(/^FileName=(.*?)\r?$/gm)].map((match) => match[1] ?? '')
        const [full = '', step = ''] = named
        for (const name of named) {
          curl(`production/${name}`, '-O')
          const part = curl(`production/${name}`, '-r', '100-199')
          expect(part.equals(readFileSync(join(look, name)).subarray(100, 200))).toBe(true)
        }
        const tag = /^etag: (.*?)\r?$/im.exec(curl(`production/${full}`, '-I').toString())?.[1] ?? ''
        const condition = ['-H', `If-None-Match: ${tag}`, '-o', 'nothing', '-w', '%{http_code}']
        expect(curl(`production/${full}`, ...condition).toString()).toBe('304')
        // Every patch leads from the older set to what the full package has.
        const folders = { whole: unpack(full), patched: unpack(step) }
        const older = readdirSync(join(tree, 'testing')).find((name) =>
          /^20261120-003-[0-9a-f]{12}\.zip$/.test(name),
        )
        cpSync(join(tree, 'testing', older ?? ''), join(look, 'older.zip'))
        const base = unpack('older.zip')
        const patches = readdirSync(folders.patched).filter((name) => name.endsWith('.vcdiff'))
        expect(patches.length).toBeGreaterThan(0)
        for (const patch of patches) {
          const name = patch.replace(/\.vcdiff$/, '')
          const from = join(base, name)
          execFileSync('xdelta3', [
            '-d',
            '-f',
            '-s',
            from,
            join(folders.patched, patch),
            join(look, 'result'),
          ])
          expect(readFileSync(join(look, 'result')).equals(readFileSync(join(folders.whole, name)))).toBe(
            true,
          )
        }
      } finally {
        child.kill('SIGTERM')
        await ended
      }
    },
  )

  it('serves any TUF client', async () => {
    const { url, child, ended } = await startServe()
    const run = promisify(execFile)
    const client = (...args: string[]) =>
      run(tufClient, ['--metadata-dir', join(vendor.directory, 'tuf'), ...args])
    try {
      await client('init', join(vendor.directory, 'pinned', 'root.json'))
      await client('--metadata-url', `${url}metadata/`, 'refresh')
      const target = ['--target-name', 'production/livetri.zip', '--target-base-url', url]
      const place = ['--target-dir', join(vendor.directory, 'targets')]
      await client('--metadata-url', `${url}metadata/`, ...target, ...place, 'download')
      const got = join(vendor.directory, 'targets', 'production%2Flivetri.zip')
      expect(readFileSync(got).equals(readFileSync(join(tree, 'production', 'livetri.zip')))).toBe(true)
      expect(execFileSync('unzip', ['-tq', got]).toString()).toContain('No errors')
      target[1] = 'production/nothing.zip'
      const missing = client('--metadata-url', `${url}metadata/`, ...target, ...place, 'download')
      await expect(missing).rejects.toMatchObject({ code: 1 })
    } finally {
      child.kill('SIGTERM')
      await ended
    }
  })
})
