import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A server of somebody else, on a port of 127.0.0.1. */
export interface RealServer {
  readonly port: number
  stop(): Promise<void>
}

/** Key and certificate files in PEM. */
export interface ServerIdentity {
  readonly certificate: string
  readonly key: string
}

/** Whether a program is on the path of an administrator. */
export function isInstalled(program: string): boolean {
  const folders = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`.split(':')
  return process.platform !== 'win32' && folders.some((folder) => existsSync(join(folder, program)))
}

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** nginx serving `data`, with TLS when an identity is given. */
export async function startNginx(directory: string, data: string, tls?: ServerIdentity): Promise<RealServer> {
  return startNginxAs(
    directory,
    tls,
    `root ${data}; location /json/ { alias ${data}/; autoindex_format json; }`,
  )
}

/** nginx with a server of its own. @param server what stands in its block beside where it listens */
export async function startNginxAs(
  directory: string,
  tls: ServerIdentity | undefined,
  server: string,
): Promise<RealServer> {
  const port = await freePort()
  const work = join(directory, `nginx-${port}`)
  mkdirSync(work)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const config = [
    `${isRoot() ? 'user root;' : ''} worker_processes 1; daemon off; pid ${work}/pid; error_log ${work}/error.log;`,
    'events { worker_connections 64; }',
    `http { access_log off; ${temporary.map((name) => `${name}_temp_path ${work}/${name};`).join(' ')}`,
    'default_type application/octet-stream; gzip on; gzip_types *; gzip_min_length 1; autoindex on;',
    `server { listen 127.0.0.1:${port}${tls ? ' ssl' : ''};`,
    tls ? `ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};` : '',
    server,
    '} }',
  ]
  writeFileSync(join(work, 'nginx.conf'), config.join('\n'))
  return start('nginx', ['-e', join(work, 'error.log'), '-c', join(work, 'nginx.conf')], port)
}

/** vsftpd serving `data` to anonymous; with an identity TLS is asked of everybody, its session reuse included. */
export async function startVsftpd(
  directory: string,
  data: string,
  tls?: ServerIdentity,
  implicit = false,
): Promise<RealServer> {
  const port = await freePort()
  const empty = join(directory, 'empty')
  mkdirSync(empty, { recursive: true })
  const config = join(directory, `vsftpd-${port}.conf`)
  const secure = tls && [
    'ssl_enable=YES\nallow_anon_ssl=YES\nforce_anon_logins_ssl=YES\nforce_anon_data_ssl=YES',
    `require_ssl_reuse=YES\nrsa_cert_file=${tls.certificate}\nrsa_private_key_file=${tls.key}\nssl_ciphers=HIGH`,
    implicit ? 'implicit_ssl=YES' : '',
  ]
  const lines = [
    `listen=YES\nlisten_address=127.0.0.1\nlisten_port=${port}\nbackground=NO`,
    'anonymous_enable=YES\nlocal_enable=NO\nwrite_enable=NO\nno_anon_password=NO',
    `anon_root=${data}\nsecure_chroot_dir=${empty}\nseccomp_sandbox=NO\nxferlog_enable=NO`,
    ...(secure ?? []),
  ]
  writeFileSync(config, `${lines.filter(Boolean).join('\n')}\n`)
  return start('vsftpd', [config], port)
}

/** Where `.ci/run` unpacks Debian's FTP servers, which exclude each other as packages. */
export const tools = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '.ci', 'tools')
const proftpd = join(tools, 'usr', 'sbin', 'proftpd')

/** Whether ProFTPD is there: on the path, or unpacked by `.ci/run`. */
export function hasProftpd(): boolean {
  return isRoot() && (isInstalled('proftpd') || existsSync(proftpd))
}

/** ProFTPD serving `data` to anonymous: a server with MLSD, unlike vsftpd. */
export async function startProftpd(directory: string, data: string): Promise<RealServer> {
  const port = await freePort()
  const work = join(directory, `proftpd-${port}`)
  mkdirSync(work)
  const unpacked = existsSync(proftpd)
  const lines = [
    unpacked ? `ModulePath ${join(tools, 'usr', 'lib', 'proftpd')}` : '',
    `ServerType standalone\nDefaultAddress 127.0.0.1\nSocketBindTight on\nPort ${port}\nUseIPv6 off`,
    `User ftp\nGroup nogroup\nPidFile ${work}/pid\nScoreboardFile ${work}/score\nDelayTable none`,
    `SystemLog ${work}/system.log\nTransferLog none\nWtmpLog off\nTimesGMT on\nUseReverseDNS off`,
    'AuthOrder mod_auth_unix.c mod_auth_file.c\nControlsEngine off',
    `<Anonymous ${data}>\nUser ftp\nGroup nogroup\nUserAlias anonymous ftp\nRequireValidShell off`,
    '<Limit WRITE>\nDenyAll\n</Limit>\n</Anonymous>',
  ]
  writeFileSync(join(work, 'proftpd.conf'), `${lines.filter(Boolean).join('\n')}\n`)
  return start(unpacked ? proftpd : 'proftpd', ['-n', '-q', '-c', join(work, 'proftpd.conf')], port)
}

/** tinyproxy that wants a login and lets CONNECT through to one port. */
export async function startTinyproxy(
  directory: string,
  login: { username: string; password: string },
  connectPort: number,
): Promise<RealServer> {
  const port = await freePort()
  const config = join(directory, `tinyproxy-${port}.conf`)
  const lines = [
    `Port ${port}\nListen 127.0.0.1\nTimeout 30\nMaxClients 20\nAllow 127.0.0.1`,
    `LogFile "${join(directory, `tinyproxy-${port}.log`)}"\nLogLevel Error`,
    `BasicAuth ${login.username} ${login.password}\nConnectPort ${connectPort}`,
  ]
  writeFileSync(config, `${lines.join('\n')}\n`)
  return start('tinyproxy', ['-d', '-c', config], port)
}

/** Starts a program that stays in the foreground, and waits until it listens at the port. */
export async function start(
  program: string,
  args: string[],
  port: number,
  env: NodeJS.ProcessEnv = {},
): Promise<RealServer> {
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { ...process.env, ...env, PATH: path },
  })
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  for (let tries = 0; !(await answers(port)); tries++) {
    if (tries > 200 || child.exitCode !== null) throw new Error(`${program} does not start`)
    await wait(25)
  }
  return {
    port,
    async stop() {
      child.kill('SIGTERM')
      await Promise.race([gone, wait(2000, undefined, { ref: false })])
      if (child.exitCode === null) child.kill('SIGKILL')
    },
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Makes a folder and what is in it readable for the servers' own users. */
export function openToAll(directory: string): void {
  execFileSync('chmod', ['-R', 'a+rX', directory])
}
