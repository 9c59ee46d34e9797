import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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

function put(path: string, text: string): void {
  mkdirSync(dirname(join(system, path)), { recursive: true })
  writeFileSync(join(system, path), text)
}

async function findings(text: string) {
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
  const found = await clamavHostFlaws(config, '/var/lib/defs/VirusDefs', system)
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

it('has nothing to say of another clamd than the one that is configured', async () => {
  debian()
  expect(await findings(clamd.replace('/run/clamav/clamd.ctl', '/run/other.ctl'))).toEqual([])
  expect(await findings('{}')).toEqual([])
})

it('names the roots that are missing for signatures that are demanded', async () => {
  debian()
  expect(
    await findings(clamd.replace("'] }", "'], sign: require }").replace("/'] } }", "/'], sign: require } }")),
  ).toContain('sign-roots')
})
