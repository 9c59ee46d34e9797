import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout } from 'node:timers/promises'

export const indexFile = 'smsmse$20virus$20definitions_6.5_symalllanguages_livetri.zip'

/** Makes a root certificate and a signer below it; returns the root's file. */
export function makeAuthority(folder) {
  mkdirSync(folder, { recursive: true })
  const at = (name) => join(folder, name)
  const make = (name, subject, ...extra) =>
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '3650', '-subj', subject]
        .concat(['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)])
        .concat(extra),
      { stdio: 'ignore' },
    )
  make('root', '/CN=Bench Root', '-addext', 'keyUsage=critical,keyCertSign')
  const leaf = [
    '-CA',
    at('root.pem'),
    '-CAkey',
    at('root.key'),
    '-addext',
    'basicConstraints=critical,CA:FALSE',
  ]
  make('signer', '/CN=Bench Signer', ...leaf)
  return at('root.pem')
}

/** Publishes the files of a folder as one set in a LiveUpdate tree; returns the package's file. */
export async function publish({ folder, names, set, tree, authority, level = 6 }) {
  mkdirSync(tree, { recursive: true })
  await sign(folder, names, `SetName=${set}\r\n`, authority)
  const number = set.slice(2).replace('.', '')
  const name = `1768471200jtun_${number}.zip`
  const file = join(tree, name)
  zip(folder, file, [`-${level}`, ...[...names, 'v.grd', 'v.sig']])
  const full = [...names, 'v.grd', 'v.sig'].reduce((sum, one) => sum + statSync(join(folder, one)).size, 0)
  const index = join(tree, '.index')
  mkdirSync(index)
  linkSync(file, join(index, name))
  const item = ['ItemSeqName=CurDefs', `ItemSeqData=${number}`, `FileName=${name}`]
  const sizes = [`Size=${statSync(file).size}`, `FullSize=${full}`, 'IncrementalPackage=FALSE', '']
  writeFileSync(join(index, 'liveupdt.tri'), ['[LiveUpdate]', '[ExItem0]', ...item, ...sizes].join('\r\n'))
  await sign(index, ['liveupdt.tri', name], '', authority)
  zip(index, join(tree, indexFile), ['liveupdt.tri', 'v.grd', 'v.sig'])
  rmSync(index, { recursive: true })
  writeFileSync(join(tree, 'minitri.flg'), ' ')
  return file
}

function zip(folder, file, what) {
  execFileSync('zip', ['-q', '-X', file, ...what], { cwd: folder })
}

async function sign(folder, names, header, authority) {
  let guard = `[GuardHeader]\r\n${header}`
  for (const name of names) {
    const [sha1, sha256] = [createHash('sha1'), createHash('sha256')]
    await pipeline(createReadStream(join(folder, name), { highWaterMark: 1 << 20 }), async (chunks) => {
      for await (const chunk of chunks) [sha1, sha256].map((hash) => hash.update(chunk))
    })
    guard += `[File-${name.toLowerCase()}]\r\nSHA1=${sha1.digest('hex')}\r\nSHA256=${sha256.digest('hex')}\r\n`
  }
  writeFileSync(join(folder, 'v.grd'), guard)
  const key = ['-signer', join(authority, 'signer.pem'), '-inkey', join(authority, 'signer.key')]
  const files = ['-in', join(folder, 'v.grd'), '-out', join(folder, 'v.sig')]
  execFileSync('openssl', ['cms', '-sign', '-binary', '-outform', 'DER', '-md', 'sha256', ...key, ...files])
}

/** Serves a folder with nginx; `traffic()` tells requests and bytes since it was last asked. */
export async function startNginx(root, folder, wanted = null) {
  const port = wanted ?? (await freePort())
  const log = join(folder, 'access.log')
  const file = join(folder, 'nginx.conf')
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  writeFileSync(
    file,
    `${user} worker_processes 1; daemon off; pid ${join(folder, 'nginx.pid')}; error_log ${join(folder, 'error.log')};
worker_rlimit_nofile 8192;
events { worker_connections 4096; }
http { log_format traffic '$request_length $bytes_sent'; access_log ${log} traffic; sendfile on; root ${root};
client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder};
scgi_temp_path ${folder}; server { listen 127.0.0.1:${port}; } }
`,
  )
  const child = spawn('nginx', ['-c', file], { stdio: 'ignore', env: withSbin() })
  await whenOpen(port, child, 'nginx')
  return {
    port,
    traffic() {
      const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean)
      writeFileSync(log, '')
      const bytes = lines.flatMap((line) => line.split(' ').map(Number)).reduce((sum, n) => sum + n, 0)
      return { requests: lines.length, bytes }
    },
    stop: () => stop(child),
  }
}

/** Serves a folder with vsftpd, anonymously. */
export async function startVsftpd(root, folder) {
  const port = await freePort()
  const empty = join(folder, 'empty')
  mkdirSync(empty)
  const file = join(folder, 'vsftpd.conf')
  const options = {
    listen: 'YES',
    listen_address: '127.0.0.1',
    listen_port: port,
    background: 'NO',
    anonymous_enable: 'YES',
    local_enable: 'NO',
    no_anon_password: 'YES',
    anon_root: root,
    secure_chroot_dir: empty,
    seccomp_sandbox: 'NO',
  }
  writeFileSync(
    file,
    Object.entries(options)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  )
  const child = spawn('vsftpd', [file], { stdio: 'ignore', env: withSbin() })
  await whenOpen(port, child, 'vsftpd')
  return { port, stop: () => stop(child) }
}

export const withSbin = () => ({ ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` })

export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

async function whenOpen(port, child, name) {
  const { connect } = await import('node:net')
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null) throw new Error(`${name} ended at once: is it installed, and may it run?`)
    const open = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.end())
    })
    if (open) return
    await setTimeout(50)
  }
  await stop(child)
  throw new Error(`${name} does not listen`)
}
