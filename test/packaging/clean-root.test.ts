import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SignedAnew, signAnew } from '../support/clamav-mirror.ts'
import { clamavVectors } from '../support/clamd.ts'
import { type CleanRoot, canMakeRoot, openRoot } from '../support/clean-root.ts'
import { isInstalled } from '../support/real-servers.ts'

// From the package to a proved set that a real clamd uses, on a machine without Node and network, and back.

const project = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
const here = canMakeRoot() && ['dpkg-deb', 'systemd-analyze', 'man', 'logrotate'].every(isInstalled)
const withClamav =
  here && clamavVectors !== null && ['clamd', 'freshclam', 'clamscan', 'apt-get'].every(isInstalled)

let shared: string
let root: CleanRoot
let deb: string

/** Runs lines that must succeed. */
async function done(lines: string): Promise<string> {
  const { status, output } = await root.sh(lines)
  expect([status, output]).toEqual([0, output])
  return output
}

// dpkg and apt wait for the disk more than for anything else.
const patience = { timeout: 120_000 }
const configuration = (text: string) => `cat >/etc/defs/defs.yaml <<'END'\n${text}\nEND\n`
// As an admin types it: in root's home, which nobody else may look into.
const asDefs = (line: string) => `cd /root && runuser -u defs -- defs ${line}`

beforeAll(async () => {
  if (!here) return
  shared = mkdtempSync(join(tmpdir(), 'defs-clean-'))
  // Others than root read there, too.
  chmodSync(shared, 0o755)
  const made = spawnSync(
    process.execPath,
    [join(project, 'build', 'package', 'package.mjs'), '--level', '0', '--out', shared],
    { encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(made.stderr)
  deb =
    made.stdout
      .split('\n')
      .map((line) => /defs_[^/]*\.deb$/.exec(line)?.[0])
      .find((name) => name !== undefined) ?? ''
  cpSync(join(project, 'fixtures', 'liveupdate'), join(shared, 'liveupdate'), { recursive: true })
  cpSync(join(project, 'fixtures', 'trust', 'root.pem'), join(shared, 'root.pem'))
  root = openRoot(shared)
  await done('chmod 700 /root')
}, 180_000)
afterAll(async () => {
  if (!here) return
  await root.close()
  rmSync(shared, { recursive: true, force: true })
})

describe.skipIf(!here)('the Debian package, where there is no Node and no network', patience, () => {
  // All files that are new or changed; not those in which Debian keeps packages, logs and users.
  const look = (file: string) =>
    `cd /run/changed && find . \\( -type f -o -type l \\) | grep -Ev '^./(var/lib/dpkg|var/cache|var/log/(dpkg|alternatives)|usr/bin/kill|etc/(.pwd.lock|passwd|shadow|group|gshadow|subuid|subgid))' | sort >/tmp/${file}`

  it('is installed', async () => {
    await done(look('before'))
    expect((await root.sh('command -v node')).status).toBe(127)
    // As a shell may have it for another Node.
    await done(`NODE_OPTIONS=--no-such-flag dpkg -i /mnt/${deb}`)
    expect(await done('cd /; defs --version')).toBe(`${version}\n`)
    expect((await root.sh('command -v node')).status).toBe(127)
    // Nothing that belongs to it fails dpkg's own check; the caches of V8 do not belong to it.
    expect(await done('dpkg -V defs')).toBe('')
  })

  it('starts from caches that V8 takes', async () => {
    const script = `const { loadBundle } = require('/usr/lib/defs/bin/defs.js')
const { scripts } = loadBundle()
const refused = [...scripts].filter(([, script]) => script.cachedDataRejected !== false)
console.log(scripts.size > 0, refused.map(([file]) => file))`
    expect(await done(`/usr/lib/defs/node -e "${script.replaceAll('$', '\\$')}"`)).toBe('true []\n')
  })

  it('runs the same whatever a shell tells other programs of Node', async () => {
    expect(await done('NODE_OPTIONS=--no-such-flag NODE_PATH=/nowhere defs --version')).toBe(`${version}\n`)
  })

  it('has a user without a login, its folders, and a configuration that is good', async () => {
    expect(await done('getent passwd defs')).toMatch(/^defs:.*:\/var\/lib\/defs:\/usr\/sbin\/nologin\n$/)
    expect(await done('stat -c "%a %U" /var/lib/defs /var/log/defs')).toBe('755 defs\n750 defs\n')
    const checked = await done('defs config check')
    expect(checked).toContain('/etc/defs/defs.yaml is good\n')
    expect(checked).toContain('names no source to update from')
  })

  it('has units that systemd has nothing to say about, without procps, too', async () => {
    const said = await done(
      'mv /usr/bin/kill /tmp; cd /usr/lib/systemd/system && systemd-analyze verify --man=yes defs*.service defs*.timer; mv /tmp/kill /usr/bin',
    )
    expect(said).toBe('')
  })

  it('has pages of the manual, completion, and rules for logrotate', async () => {
    // What makes another day there is more than man's own jail lets through.
    expect(
      await done('export MAN_DISABLE_SECCOMP=1; man defs | head -n 4; man defs.yaml | head -n 4'),
    ).toMatch(/DEFS\(1\)[\s\S]*DEFS\.YAML\(5\)/)
    const completed = await done('bash -c ". /usr/share/bash-completion/completions/defs; complete -p defs"')
    expect(completed).toBe('complete -F _defs defs\n')
    expect(await done('logrotate -d /etc/logrotate.d/defs')).not.toContain('error')
  })

  it('brings a first set, proved, as the user of the units', async () => {
    await done(
      configuration(`maxAge: 36500d
trust: { anchors: [/mnt/root.pem] }
sources: { vendor: { kind: liveupdate, hosts: ['file:///mnt/liveupdate/'] } }`),
    )
    expect(await done(asDefs('update --json'))).toContain('"events":[30,25]')
    expect(await done(asDefs('verify --json'))).toContain('"ok":true')
    expect(await done('stat -c "%U" /var/lib/defs/VirusDefs/*.*/v.grd')).toBe('defs\n')
  })

  it('is upgraded with its store and a changed configuration', async () => {
    await done(`cd /tmp && dpkg-deb -R /mnt/${deb} older && sed -i 's/^Version: .*/Version: 0.0.9/' older/DEBIAN/control &&
      dpkg-deb -Znone -b older older.deb && dpkg -i --force-confold older.deb && rm -rf older && defs --version`)
    const set = await done('readlink /var/lib/defs/VirusDefs/current')
    await done(`dpkg -i /mnt/${deb}`)
    expect(await done('dpkg -s defs')).toMatch(
      new RegExp(`Status: install ok installed\\n[\\s\\S]*\\nVersion: ${version}\\n`),
    )
    expect(await done('readlink /var/lib/defs/VirusDefs/current')).toBe(set)
    expect(await done('grep -c vendor /etc/defs/defs.yaml')).toBe('1\n')
    expect(await done('ls /usr/lib/defs/dist/bundle/*.js | wc -l')).not.toBe('0\n')
    await done(
      'cd /usr/lib/defs/dist/bundle && for file in *.cache; do [ -f "$file" ] && [ -f "$(echo "$file" | cut -d. -f1).js" ]; done',
    )
  })

  it('leaves the store when it is removed', async () => {
    await done('dpkg -r defs')
    expect((await root.sh('command -v defs')).status).toBe(127)
    await done('test -f /var/lib/defs/VirusDefs/current/v.grd && test -f /etc/defs/defs.yaml')
  })

  it('leaves nothing when it is purged', async () => {
    await done('dpkg -P defs')
    await done(look('after'))
    expect(await done('comm -13 /tmp/before /tmp/after')).toBe('')
  })

  it('leaves the set of another product when it is purged, and says whose it is', async () => {
    await done(`dpkg -i /mnt/${deb}`)
    await done(
      configuration(`trust: { anchors: [/mnt/root.pem] }
sources: { vendor: { kind: liveupdate, hosts: ['file:///mnt/liveupdate/'] } }`),
    )
    await done(
      `${asDefs('update')}; printf 'NAV=1\\r\\n' >>/var/lib/defs/VirusDefs/usage.dat; mkdir /var/lib/defs/VirusDefs/20200101.001`,
    )
    const said = await done('dpkg -P defs')
    expect(said).toMatch(/20260115\.002 stays, as usage\.dat says that NAV uses it/)
    expect(await done('cd /var/lib/defs && find . -maxdepth 2 | sort')).toBe(
      './\n./VirusDefs\n./VirusDefs/20260115.002\n./VirusDefs/current\n./VirusDefs/definfo.dat\n./VirusDefs/usage.dat\n'.replace(
        './\n',
        '.\n',
      ),
    )
    await done('test -f /var/lib/defs/VirusDefs/current/v.grd; rm -rf /var/lib/defs')
  })

  it('removes nothing behind a link that its user puts there while it is purged', async () => {
    await done(`dpkg -i /mnt/${deb}; mkdir -p /victim/20200101.001; touch /victim/20200101.001/kept
install -d -o defs /var/lib/defs/VirusDefs /var/lib/defs/VirusDefs/20200101.001
printf '[20260115.002]\nNAV=1\n' >/var/lib/defs/VirusDefs/usage.dat
cat >/usr/local/bin/rm <<'END'
#!/bin/sh
store=/var/lib/defs/VirusDefs
case "$*" in *$store/2*) [ -L $store ] || { mv $store $store.moved && ln -s /victim $store; } ;; esac
exec /bin/rm "$@"
END
chmod 755 /usr/local/bin/rm`)
    await root.sh('dpkg -P defs')
    // The folder was exchanged, and what the link leads to is as it was.
    await done('test -L /var/lib/defs/VirusDefs && test -f /victim/20200101.001/kept')
    await done('/bin/rm -rf /usr/local/bin/rm /var/lib/defs /victim')
  })

  it.each([
    [
      'of others in one of root',
      'chown root /var/lib/defs; install -d -o defs /var/lib/defs/VirusDefs',
      true,
    ],
    ['of root in one of root', 'chown root /var/lib/defs; mkdir /var/lib/defs/VirusDefs', false],
  ])('leaves folders %s: %s', async (_, lines, stays) => {
    await done(`dpkg -i /mnt/${deb}; ${lines}`)
    expect((await done('dpkg -P defs')).includes('stays')).toBe(stays)
    expect((await root.sh('test -d /var/lib/defs')).status).toBe(stays ? 0 : 1)
    await done('rm -rf /var/lib/defs')
  })
})

describe.skipIf(!withClamav)('the package for clamd', patience, () => {
  const conf = '/etc/clamav/clamd.conf'
  const current = '/var/lib/defs/VirusDefs/current'
  const units = '/etc/systemd/system'
  const pointed = `sed -n 's/^DatabaseDirectory //p' ${conf}`
  const masked = `readlink ${units}/clamav-freshclam.service`
  let old: string
  let vendor: SignedAnew | null = null

  /** What the vendor offers: the test database as `daily`, and a list so large that a second thread hashes it. */
  function publish(version: number): void {
    const folder = join(shared, 'mirror')
    mkdirSync(folder, { recursive: true })
    vendor ??= signAnew(join(shared, 'vendor'))
    writeFileSync(join(folder, 'daily.cvd'), vendor.file(`test-${version}.cvd`))
    writeFileSync(join(folder, `daily-${version}.cvd.sign`), vendor.file(`test-${version}.cvd.sign`))
    cpSync(vendor.rootPath, join(shared, 'clamav.crt'))
    const line = (index: number) =>
      `${createHash('md5').update(String(index)).digest('hex')}:${index + 1}:Site.Test-${index}\n`
    writeFileSync(
      join(folder, 'site.hdb'),
      Array.from({ length: 320_000 }, (_, index) => line(index)).join(''),
    )
  }

  it('waits until a proved set is there', async () => {
    publish(3)
    old = await done(
      'touch /var/lib/clamav/daily.cvd /var/lib/clamav/main.cvd; sha256sum /etc/clamav/clamd.conf',
    )
    const local = `-o Dpkg::Use-Pty=0 -o Acquire::http::Proxy=http://127.0.0.1:1`
    const said = await done(`apt-get install -y ${local} /mnt/${deb} /mnt/defs-clamav_${version}_all.deb`)
    expect(said).toContain('defs-clamav: waiting: no proved set is there yet')
    expect(await done(pointed)).toBe('/var/lib/clamav\n')
    expect((await root.sh(masked)).output).toBe('')
    expect(await done('dpkg -s clamav-freshclam')).toContain('Status: install ok installed\n')
    expect(await done('id -nG defs')).toBe('defs clamav\n')
  })

  it('takes over when there is one, and clamd uses it', async () => {
    // The service reads what root writes.
    await done(
      'cd /root && defs config init --kind clamav --from-freshclam /etc/clamav/freshclam.conf /etc/defs/defs.yaml --force',
    )
    expect(await done('stat -c "%a %U %G" /etc/defs/defs.yaml')).toBe('640 root defs\n')
    await done(
      configuration(`store: { root: /var/lib/defs, group: clamav }
maxAge: 36500d
sources:
  clamav: { kind: clamav, hosts: ['file:///mnt/mirror/'], databases: [daily], certificates: [/mnt/clamav.crt], sign: require, custom: ['file:///mnt/mirror/site.hdb'], allowUnsigned: true }
scanner: { kind: clamd, socket: /run/clamav/clamd.ctl, timeout: 10s }`),
    )
    const said = (await root.sh('cd /root && HOME=/root defs update')).output
    expect(said).toContain('going on as defs')
    expect(said).toContain('[SCANNER_NOT_IN_USE]')
    expect(await done('cd /root && defs-clamav takeover')).toContain('freshclam is masked')
    expect(await done(pointed)).toBe(`${current}\n`)
    expect(await done(masked)).toBe('/dev/null\n')
    expect(await done('cat /etc/apparmor.d/local/usr.sbin.clamd')).toContain(
      `/var/lib/defs/VirusDefs/** r,\n`,
    )
    expect(await done('defs-clamav takeover')).toContain('already')

    // As systemd would start it: with the conditions met, and by the command of Debian's own unit.
    await done('rm -f /var/lib/clamav/daily.cvd /var/lib/clamav/main.cvd')
    for (const kind of ['service', 'socket']) {
      expect(
        await done(`systemd-analyze verify clamav-daemon.${kind} defs-clamav.path defs-clamav.service`),
      ).toBe('')
      const drop = `/usr/lib/systemd/system/clamav-daemon.${kind}.d/defs.conf`
      expect(await done(`cat ${drop}`)).toContain(`ConditionPathExists=|${current}/v.grd`)
    }
    await done(`install -d -o clamav -g clamav /run/clamav
      $(sed -n 's/^ExecStart=//p' /lib/systemd/system/clamav-daemon.service | sed 's/--foreground=true/--foreground=false/')`)
    publish(4)
    expect(await done(asDefs('update --json'))).toMatch(/"events":\[(\d+,)*30,25\]/)
    expect(await done(asDefs('status --json'))).toMatch(/"inUse":"20210623\.004"/)
  })

  it('goes the way back when it is removed, with freshclam still there', async () => {
    const said = await done('apt-get remove -y -o Dpkg::Use-Pty=0 defs-clamav')
    expect(said).toContain('clamd reads /var/lib/clamav again')
    expect(await done(pointed)).toBe('/var/lib/clamav\n')
    expect((await root.sh(masked)).output).toBe('')
    expect(await done('cat /etc/apparmor.d/local/usr.sbin.clamd')).not.toContain('defs')
    expect(await done(`sed '/^DatabaseDirectory/d' ${conf} | wc -l`)).not.toBe('0\n')
    expect(old).not.toBe('')
    await done('apt-get purge -y -o Dpkg::Use-Pty=0 defs defs-clamav')
    expect((await root.sh('ls -d /var/lib/defs /var/lib/defs-clamav /etc/defs')).output).not.toMatch(/^\//m)
  })
})
