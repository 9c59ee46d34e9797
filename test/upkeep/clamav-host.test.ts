import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkConfig } from '../../src/config/resolve.ts'
import { clamavHostFlaws } from '../../src/upkeep/clamav-host.ts'

let system: string
beforeEach(() => {
  system = mkdtempSync(join(tmpdir(), 'defs-host-'))
})
afterEach(() => rmSync(system, { recursive: true, force: true }))

/** @returns the folder it lies in */
function put(path: string, text: string): string {
  const folder = dirname(join(system, path))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(system, path), text)
  return folder
}

async function findings(text: string, virusDefs = '/var/lib/defs/VirusDefs') {
  const file = join(system, 'defs.yaml')
  writeFileSync(file, text)
  const { config } = await checkConfig({
    file,
    env: {},
    cwd: system,
    home: system,
    uid: null,
    secrets: false,
  })
  const found = await clamavHostFlaws(config, virusDefs, system)
  return found.map(({ code }) => code)
}

const clamd = `store: { root: /var/lib/defs, group: clamav }
sources: { clamav: { kind: clamav, hosts: ['http://mirror.example/'] } }
scanner: { kind: clamd, socket: /run/clamav/clamd.ctl }
`
const condition = '[Unit]\nConditionPathExistsGlob=/var/lib/clamav/main.{c[vl]d,inc}\n'

/** A host with Debian's clamd as its packages leave it. */
function debian(): void {
  put(
    'etc/clamav/clamd.conf',
    'LocalSocket /var/run/clamav/clamd.ctl\nUser clamav\nDatabaseDirectory /var/lib/clamav\n',
  )
  put('usr/lib/systemd/system/clamav-daemon.service', condition)
  put('usr/lib/systemd/system/clamav-daemon.socket', condition)
  put('etc/systemd/system/multi-user.target.wants/clamav-freshclam.service', '')
  put('etc/apparmor.d/usr.sbin.clamd', '/var/lib/clamav/** krw,\n')
}

it('names everything that keeps Debian from using a store', async () => {
  debian()
  expect(await findings(clamd)).toEqual([
    'clamd-directory',
    'freshclam-active',
    'clamd-condition',
    'clamd-condition',
    'clamd-apparmor',
  ])
})

it('has nothing to say once it is taken over', async () => {
  debian()
  put(
    'etc/clamav/clamd.conf',
    'LocalSocket /run/clamav/clamd.ctl\nDatabaseDirectory /var/lib/defs/VirusDefs/current\n',
  )
  symlinkSync('/dev/null', join(system, 'etc/systemd/system/clamav-freshclam.service'))
  for (const kind of ['service', 'socket']) {
    put(`etc/systemd/system/clamav-daemon.${kind}.d/defs.conf`, '[Unit]\nConditionPathExistsGlob=\n')
  }
  put('etc/apparmor.d/local/usr.sbin.clamd', '/var/lib/defs/VirusDefs/** r,\n')
  expect(await findings(clamd)).toEqual([])
})

it('names a freshclam that runs on although it is masked, with and without a PID file', async () => {
  debian()
  put('proc/4712/comm', 'freshclam\n')
  put('proc/4712/cmdline', 'freshclam\0-d\0--foreground=true\0')
  rmSync(join(system, 'etc/systemd/system/multi-user.target.wants/clamav-freshclam.service'))
  expect(await findings(clamd)).toContain('freshclam-active')
  symlinkSync('/dev/null', join(system, 'etc/systemd/system/clamav-freshclam.service'))
  expect(await findings(clamd)).toContain('freshclam-active')
  rmSync(join(system, 'proc'), { recursive: true })
  expect(await findings(clamd)).not.toContain('freshclam-active')
})

it('has nothing to say of another clamd than the one that is configured', async () => {
  debian()
  expect(await findings(clamd.replace('/run/clamav/clamd.ctl', '/run/other.ctl'))).toEqual([])
  expect(await findings('{}')).toEqual([])
})

it.each([
  ['the link to the current set', '/var/lib/defs/VirusDefs/current'],
  ['the root of the store', '/var/lib/defs'],
  ['a folder in it', '/var/lib/defs/VirusDefs/20261121.003'],
])('names a freshclam that fills the store, whatever the scanner: %s', async (_, directory) => {
  put('etc/clamav/freshclam.conf', `DatabaseMirror database.clamav.net\nDatabaseDirectory ${directory}\n`)
  const plain = 'store: { root: /var/lib/defs }\n'
  expect(await findings(plain)).toEqual(['freshclam-directory'])
  symlinkSync('/dev/null', join(put('etc/systemd/system/x', ''), 'clamav-freshclam.service'))
  expect(await findings(plain)).toEqual([])
  put('proc/4711/comm', 'freshclam\n')
  put('proc/4711/cmdline', 'freshclam\0-d\0')
  expect(await findings(plain)).toEqual(['freshclam-directory'])
})

it('has nothing to say of a freshclam with a folder of its own, but for the name', async () => {
  put('etc/clamav/freshclam.conf', 'DatabaseDirectory /var/lib/defs-old\n')
  expect(await findings('store: { root: /var/lib/defs }\n')).toEqual([])
})

it('goes by the socket that systemd listens at, where its unit is enabled', async () => {
  debian()
  const unit = '[Socket]\nListenStream=/run/clamav/clamd.ctl\n'
  put('usr/lib/systemd/system/clamav-daemon.socket', `${condition}${unit}`)
  put(
    'etc/systemd/system/clamav-daemon.socket.d/other.conf',
    '[Socket]\nListenStream=\nListenStream=/run/av.ctl\n',
  )
  expect(await findings(clamd)).not.toContain('clamd-socket')
  put('etc/systemd/system/sockets.target.wants/clamav-daemon.socket', '')
  expect(await findings(clamd)).toContain('clamd-socket')
  const moved = clamd.replace('/run/clamav/clamd.ctl', '/run/av.ctl')
  expect(await findings(moved)).toContain('clamd-directory')
  expect(await findings(moved)).not.toContain('clamd-socket')
})

it('names databases that are there in both forms, of which clamd loads both', async () => {
  debian()
  for (const file of ['main.cvd', 'main.cld', 'daily.cvd', 'daily.cld', 'bytecode.cvd'])
    put(`var/lib/clamav/${file}`, 'x')
  expect(await findings(clamd)).toContain('clamd-two-forms')
  rmSync(join(system, 'var/lib/clamav/main.cvd'))
  expect(await findings(clamd)).not.toContain('clamd-two-forms')
})

it('names the roots that are missing for signatures that are demanded', async () => {
  debian()
  expect(
    await findings(clamd.replace("'] }", "'], sign: require }").replace("/'] } }", "/'], sign: require } }")),
  ).toContain('sign-roots')
})

it.skipIf(process.getuid?.() !== 0)(
  'names a set that the user of clamd may not read, and a closed folder above it',
  async () => {
    const virusDefs = join(system, 'store', 'VirusDefs')
    put('store/VirusDefs/20261121.001/daily.cvd', '')
    symlinkSync('20261121.001', join(virusDefs, 'current'))
    put(
      'etc/clamav/clamd.conf',
      `LocalSocket /run/clamav/clamd.ctl\nUser nobody\nDatabaseDirectory ${virusDefs}/current\n`,
    )
    const folders = [system, join(system, 'store'), virusDefs, join(virusDefs, '20261121.001')]
    for (const folder of folders) chmodSync(folder, 0o755)
    const file = join(virusDefs, '20261121.001', 'daily.cvd')
    chmodSync(file, 0o644)
    expect(await findings(clamd, virusDefs)).toEqual([])
    for (const path of [file, virusDefs]) {
      chmodSync(path, 0o640)
      expect(await findings(clamd, virusDefs)).toEqual(['clamd-unreadable'])
      chmodSync(path, 0o755)
    }
  },
)
