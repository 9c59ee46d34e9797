import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import {
  freePort,
  hasProftpd,
  isInstalled,
  isRoot,
  type RealServer,
  type ServerIdentity,
  start,
  tools,
} from './real-servers.ts'

/** How a real FTP server is to be started: anonymous, with room for one client where it counts them. */
export interface FtpSetting {
  /** A folder for its files. */
  readonly work: string
  /** What it serves, readable for everybody. */
  readonly data: string
  /** With TLS asked of everybody; null for none. */
  readonly tls: ServerIdentity | null
}

/** One of the servers that people meet, with what it can be asked to do. */
export interface FtpServerKind {
  readonly name: string
  readonly secure: boolean
  /** Whether it can be full. */
  readonly counts: boolean
  readonly isThere: boolean
  readonly start: (setting: FtpSetting) => Promise<RealServer>
}

const lib = { LD_LIBRARY_PATH: join(tools, 'usr', 'lib', 'x86_64-linux-gnu') }
const unpacked = (program: string) => join(tools, 'usr', 'sbin', program)
// Pure-FTPd and inetutils serve the home of the user ftp: the folder is mounted over it, for that process alone.
const home = isRoot() ? homeOf('ftp') : null
const over = (data: string, command: string) => [
  '-m',
  'sh',
  '-c',
  `mount --bind '${data}' '${home}' && exec ${command}`,
]
const mayMount = home !== null && isInstalled('unshare')

function homeOf(user: string): string | null {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${user}:`))
  const path = line?.split(':')[5]
  return path !== undefined && existsSync(path) ? path : null
}

const written = (path: string, lines: readonly string[]): string => {
  writeFileSync(path, `${lines.filter(Boolean).join('\n')}\n`)
  return path
}

async function startVsftpd({ work, data, tls }: FtpSetting): Promise<RealServer> {
  const port = await freePort()
  mkdirSync(join(work, 'empty'), { recursive: true })
  const config = written(join(work, `vsftpd-${port}.conf`), [
    `listen=YES\nlisten_address=127.0.0.1\nlisten_port=${port}\nbackground=NO\nmax_clients=1`,
    'anonymous_enable=YES\nlocal_enable=NO\nwrite_enable=NO\nno_anon_password=NO',
    `anon_root=${data}\nsecure_chroot_dir=${join(work, 'empty')}\nseccomp_sandbox=NO\nxferlog_enable=NO`,
    tls ? 'ssl_enable=YES\nallow_anon_ssl=YES\nforce_anon_logins_ssl=YES\nforce_anon_data_ssl=YES' : '',
    tls ? `require_ssl_reuse=YES\nrsa_cert_file=${tls.certificate}\nrsa_private_key_file=${tls.key}` : '',
    tls ? 'ssl_ciphers=HIGH' : '',
  ])
  return start('vsftpd', [config], port)
}

async function startProftpd({ work, data, tls }: FtpSetting): Promise<RealServer> {
  const port = await freePort()
  const own = join(work, `proftpd-${port}`)
  mkdirSync(own)
  const program = existsSync(unpacked('proftpd')) ? unpacked('proftpd') : 'proftpd'
  const config = written(join(own, 'proftpd.conf'), [
    `ModulePath ${join(tools, 'usr', 'lib', 'proftpd')}`,
    tls ? `LoadModule mod_tls.c\nTLSEngine on\nTLSRequired on\nTLSLog ${own}/tls.log` : '',
    tls ? `TLSRSACertificateFile ${tls.certificate}\nTLSRSACertificateKeyFile ${tls.key}` : '',
    `ServerType standalone\nDefaultAddress 127.0.0.1\nSocketBindTight on\nPort ${port}\nUseIPv6 off`,
    `User ftp\nGroup nogroup\nPidFile ${own}/pid\nScoreboardFile ${own}/score\nDelayTable none`,
    `SystemLog ${own}/system.log\nTransferLog none\nWtmpLog off\nTimesGMT on\nUseReverseDNS off`,
    'AuthOrder mod_auth_unix.c mod_auth_file.c\nControlsEngine off',
    `<Anonymous ${data}>\nUser ftp\nGroup nogroup\nUserAlias anonymous ftp\nRequireValidShell off`,
    'MaxClients 1\n<Limit WRITE>\nDenyAll\n</Limit>\n</Anonymous>',
  ])
  return start(program, ['-n', '-q', '-c', config], port, lib)
}

async function startPureFtpd({ work, data, tls }: FtpSetting): Promise<RealServer> {
  const port = await freePort()
  let secure = '-Y 0'
  if (tls) {
    // Key and certificate in one file.
    const both = written(
      join(work, 'pure.pem'),
      [tls.key, tls.certificate].map((file) => readFileSync(file, 'utf8')),
    )
    secure = `-Y 2 -2 '${both}'`
  }
  const command = `'${unpacked('pure-ftpd')}' -4 -e -H -A -c 1 -S 127.0.0.1,${port} ${secure} -g '${join(work, 'pure.pid')}'`
  return start('unshare', over(data, command), port, lib)
}

/** Debian has it started by inetd, which hands it each connection as its input and output. */
async function startInetutils({ data }: FtpSetting): Promise<RealServer> {
  const children = new Set<ReturnType<typeof spawn>>()
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const child = spawn('unshare', over(data, `'${unpacked('ftpd')}' -4 -A -q`), {
      stdio: [socket, socket, 'ignore'],
      env: { ...process.env, ...lib },
    })
    children.add(child)
    child.once('exit', () => children.delete(child))
    socket.destroy()
  })
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    }),
  )
  return {
    port,
    async stop() {
      for (const child of children) child.kill('SIGKILL')
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

// Debian's interpreter: another one on the path has other packages.
const python = '/usr/bin/python3'

async function startPyftpdlib({ work, data }: FtpSetting): Promise<RealServer> {
  const port = await freePort()
  const script = written(join(work, `pyftpd-${port}.py`), [
    'from pyftpdlib.authorizers import DummyAuthorizer',
    'from pyftpdlib.handlers import FTPHandler as H',
    'from pyftpdlib.servers import FTPServer',
    `H.authorizer = DummyAuthorizer(); H.authorizer.add_anonymous('${data}')`,
    `server = FTPServer(('127.0.0.1', ${port}), H); server.max_cons_per_ip = 1`,
    'server.serve_forever()',
  ])
  return start(python, [script], port)
}

function hasPython(): boolean {
  try {
    execFileSync(python, ['-c', 'import pyftpdlib'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** The servers of the field. */
export const ftpServers: readonly FtpServerKind[] = [
  {
    name: 'vsftpd',
    secure: true,
    counts: true,
    isThere: isRoot() && isInstalled('vsftpd'),
    start: startVsftpd,
  },
  { name: 'ProFTPD', secure: true, counts: true, isThere: hasProftpd(), start: startProftpd },
  {
    name: 'Pure-FTPd',
    secure: true,
    counts: true,
    isThere: mayMount && existsSync(unpacked('pure-ftpd')),
    start: startPureFtpd,
  },
  {
    name: 'inetutils-ftpd',
    secure: false,
    counts: false,
    isThere: mayMount && existsSync(unpacked('ftpd')),
    start: startInetutils,
  },
  // TLS of Debian's 1.5.7 breaks nearly every data connection, curl's as well.
  { name: 'pyftpdlib', secure: false, counts: true, isThere: hasPython(), start: startPyftpdlib },
]
