import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { limits } from '../../src/limits.ts'
import { exportSystemd } from '../../src/schedule/export/systemd.ts'
import { entry } from '../schedule/entry.ts'

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'packaging')
const units = readdirSync(join(folder, 'systemd'))
const services = units.filter((name) => name.endsWith('.service'))
const read = (name: string) => readFileSync(join(folder, 'systemd', name), 'utf8')
const settings = (text: string) => text.split('\n').filter((line) => /^[A-Z]\w+=/.test(line))
const has = (program: string, argument: string) => spawnSync(program, [argument]).status === 0

describe('the units', () => {
  it('are these', () => {
    expect(units.sort()).toEqual([
      'defs-prestart.service',
      'defs-update.service',
      'defs-update.timer',
      'defs.service',
    ])
  })

  it.each(services)('%s is hardened no less than what is exported', (name) => {
    const installation = {
      program: ['/bin/true'] as const,
      usual: null,
      config: null,
      family: null,
      host: null,
    }
    const where = { ...installation, timeZone: null, writable: ['/var/lib/defs'], user: null }
    const exported = exportSystemd([entry({ source: 'x', cron: '0 0 * * *' })], where)[0]?.text ?? ''
    const own = settings(read(name))
    const varying = /^(Description|Wants|After|Type|ExecStart|SuccessExitStatus|Nice)=/
    const wanted = settings(exported).filter((line) => !varying.test(line))
    expect(wanted.length).toBeGreaterThan(15)
    expect(own).toEqual(
      expect.arrayContaining([...wanted, 'SystemCallFilter=@system-service', 'SystemCallErrorNumber=EPERM']),
    )
  })

  it('gives prestart more time than it takes', () => {
    const [, bound] = /TimeoutStartSec=(\d+)/.exec(read('defs-prestart.service')) ?? []
    const [, asked] = /--timeout (\d+)/.exec(read('defs-prestart.service')) ?? []
    expect(Number(asked) * 1000).toBe(limits.prestart)
    expect(Number(bound)).toBeGreaterThan(Number(asked))
  })

  it.skipIf(!has('systemd-analyze', '--version'))('have nothing wrong for systemd-analyze', () => {
    const aside = mkdtempSync(join(tmpdir(), 'defs-units-'))
    try {
      const paths = units.map((name) => {
        // The program is not installed here, nor has the machine its account.
        writeFileSync(join(aside, name), read(name).replaceAll(/^ExecStart=defs /gm, 'ExecStart=/bin/true '))
        return join(aside, name)
      })
      const verdict = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], { encoding: 'utf8' })
      expect(verdict.stderr.split('\n').filter((line) => line.includes('defs'))).toEqual([])
    } finally {
      rmSync(aside, { recursive: true, force: true })
    }
  })

  it('are told apart from a broken one by the same means', (context) => {
    if (!has('systemd-analyze', '--version')) context.skip()
    const aside = mkdtempSync(join(tmpdir(), 'defs-units-'))
    try {
      const path = join(aside, 'defs.service')
      writeFileSync(path, read('defs.service').replace('WatchdogSec=120', 'WatchdogSec=often'))
      const verdict = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' })
      expect(verdict.stderr).toContain('defs.service')
    } finally {
      rmSync(aside, { recursive: true, force: true })
    }
  })
})

describe.skipIf(!has('logrotate', '--version'))('logrotate', () => {
  it('takes the snippet, which leaves the journal alone', () => {
    const aside = mkdtempSync(join(tmpdir(), 'defs-logrotate-'))
    try {
      const path = join(aside, 'defs')
      const text = readFileSync(join(folder, 'logrotate', 'defs'), 'utf8')
      writeFileSync(path, text, { mode: 0o644 })
      const { status, stderr } = spawnSync('logrotate', ['--debug', '--state', join(aside, 'state'), path], {
        encoding: 'utf8',
      })
      expect(status).toBe(0)
      expect(stderr).toContain('/var/log/defs/daemon.log')
      expect(stderr).not.toContain('error:')
      expect(text.replaceAll(/^\s*#.*$/gm, '')).not.toContain('events.jsonl')
    } finally {
      rmSync(aside, { recursive: true, force: true })
    }
  })
})
