import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { program } from '../../support/run-defs.ts'

const journald = '/lib/systemd/systemd-journald'

// A journald of our own below a /run of our own, which nobody else sees; then a program, then what was written.
const script = `mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal /run/log/journal || exit 77
${journald} >/dev/null 2>&1 &
for count in $(seq 100); do [ -S /run/systemd/journal/socket ] && break; sleep 0.1; done
"$@" >&2
status=$?
for count in $(seq 100); do
  found=$(journalctl --quiet --no-pager --output=json _TRANSPORT=journal + _TRANSPORT=syslog)
  [ "$(printf '%s\\n' "$found" | wc -l)" -ge 2 ] && break
  sleep 0.1
done
kill $!
wait
printf '%s\\n' "$found"
exit $status`

const works =
  existsSync(journald) &&
  spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs tmpfs /run && journalctl --version']).status === 0

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-journald-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(!works)('a real journald', () => {
  it('takes events with their fields, and those of syslog at its socket', () => {
    const config = join(folder, 'defs.yaml')
    writeFileSync(
      config,
      `store: { root: '${join(folder, 'store')}' }
events:
  sourceName: defs-test
  sinks:
    - { kind: journald }
    - { kind: syslog, address: 'unix:/run/systemd/journal/dev-log', facility: local3 }
`,
    )
    const command = [process.execPath, program, 'events', 'test', '--config', config]
    const printed = execFileSync('unshare', ['-m', 'sh', '-c', script, 'sh', ...command], {
      encoding: 'utf8',
      timeout: 60_000,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const entries = printed
      .trim()
      .split('\n')
      .map((line): Record<string, string> => JSON.parse(line))
    const own = entries.find((entry) => entry['DEFS_ID'] !== undefined)
    expect(own).toMatchObject({ DEFS_NAME: 'sink.test', PRIORITY: '6', SYSLOG_IDENTIFIER: 'defs-test' })
    expect(own?.['MESSAGE_ID']).toMatch(/^[0-9a-f]{32}$/)
    expect(own?.['DEFS_TIME']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
    const syslog = entries.find((entry) => entry['_TRANSPORT'] === 'syslog')
    // It reads no RFC 5424: what it does not know is text, and whoever wants fields takes the sink above.
    expect(syslog).toMatchObject({ SYSLOG_FACILITY: '19', PRIORITY: '6' })
    expect(syslog?.['MESSAGE']).toMatch(/^1 \S+ \S+ defs-test \d+ sink\.test \[defs@32473 .*\] This is/)
    expect(entries).toHaveLength(2)
  }, 90_000)
})
