import { describe, expect, it } from 'vitest'
import { readCustomDatabase as readCustom } from '../../../src/config/custom-database.ts'
import { freshclamInForce, freshclamStarter } from '../../../src/source/clamav/freshclam-starter.ts'

const usual = ['main', 'daily', 'bytecode']
const made = (text: string, clamdConf: string | null = null, local: readonly string[] = []) =>
  freshclamStarter(text, '/etc/clamav/freshclam.conf', usual, { clamdConf, listens: [], local, readCustom })

describe('a configuration made from freshclam.conf', () => {
  it('prefers the socket that systemd listens at', () => {
    const { tables } = freshclamStarter('', '/etc/clamav/freshclam.conf', usual, {
      clamdConf: 'LocalSocket /tmp/clamd.socket\n',
      listens: ['/run/clamav/clamd.ctl'],
      local: [],
      readCustom,
    })
    expect(tables['scanner']).toEqual({ kind: 'clamd', socket: '/run/clamav/clamd.ctl' })
  })

  it('warns of a freshclam that fills the store, and of two updaters', () => {
    const of = (text: string) => made(text).warnings.join()
    expect(of('DatabaseDirectory /var/lib/defs/VirusDefs/current\n')).toContain(
      'deletes there what it does not know',
    )
    expect(of('')).toContain('systemctl mask --now clamav-freshclam')
    expect(of('')).not.toContain('deletes')
  })

  it('asks the same mirrors as often, and tells the clamd that clamd.conf names', () => {
    const { tables } = made(
      'DatabaseMirror mirror.example\nChecks 24\n',
      'LocalSocket /var/run/clamav/clamd.ctl\n',
    )
    expect(tables).toEqual({
      store: { root: '/var/lib/defs', group: 'clamav' },
      sources: {
        clamav: { kind: 'clamav', hosts: ['https://mirror.example'], dns: 'current.cvd.clamav.net' },
      },
      scanner: { kind: 'clamd', socket: '/var/run/clamav/clamd.ctl' },
      schedule: [{ source: 'clamav', every: '1h', jitter: '10m' }],
    })
  })

  it('takes databases of the site along, and says so of no digest', () => {
    const { tables } = made('DatabaseCustomURL https://x.example/a.hdb\n', null, [
      '/var/lib/clamav/local.ign2',
    ])
    expect(tables['sources']).toMatchObject({
      clamav: {
        custom: ['https://x.example/a.hdb', 'file:///var/lib/clamav/local.ign2'],
        allowUnsigned: true,
      },
    })
  })

  it('takes each list once: not the copy that freshclam made of it, nor another address for the same name', () => {
    const { tables, notTaken } = made(
      [
        'DatabaseCustomURL https://x.example/a.hdb',
        'DatabaseCustomURL https://y.example/A.hdb',
        'DatabaseCustomURL https://x.example/notes.txt',
      ].join('\n'),
      null,
      ['/var/lib/clamav/a.hdb', '/var/lib/clamav/local.ndb'],
    )
    expect(tables['sources']).toMatchObject({
      clamav: { custom: ['https://x.example/a.hdb', 'file:///var/lib/clamav/local.ndb'] },
    })
    expect(notTaken).toEqual([
      { option: 'DatabaseCustomURL', instead: expect.stringContaining('names A.hdb once more') },
      { option: 'DatabaseCustomURL', instead: expect.stringContaining("'notes.txt' has an ending") },
    ])
  })

  it('demands .sign where no other digest is believed', () => {
    expect(made('FIPSCryptoHashLimits yes\n').tables['sources']).toMatchObject({
      clamav: { sign: 'require' },
    })
    expect(made('FIPSCryptoHashLimits no\n').tables['sources']).not.toMatchObject({
      clamav: { sign: 'require' },
    })
  })

  it('never copies a password, and says where it goes', () => {
    const { tables, notTaken } = made(
      'HTTPProxyServer proxy.example\nHTTPProxyPort 3128\nHTTPProxyUsername u\nHTTPProxyPassword hidden\n',
    )
    expect(JSON.stringify(tables)).not.toContain('hidden')
    expect(tables['network']).toEqual({ proxy: 'http://proxy.example:3128/', proxyUsername: 'u' })
    expect(notTaken).toContainEqual(expect.objectContaining({ option: 'HTTPProxyPassword' }))
  })

  it('says of every other option what does its work here', () => {
    const { notTaken } = made('OnUpdateExecute /bin/true\nTestDatabases yes\nLogSyslog yes\nSomethingNew 1\n')
    expect(notTaken.map(({ option }) => option)).toEqual([
      'OnUpdateExecute',
      'TestDatabases',
      'LogSyslog',
      'SomethingNew',
    ])
    expect(notTaken[0]?.instead).toContain('kind: command')
    expect(notTaken[3]?.instead).toBe('nothing here does the same')
  })

  it('does not take the hook of a newer ClamAV for one of old databases', () => {
    const { notTaken } = made('OnOutdatedExecute /bin/true\nOnErrorExecute /bin/true\n')
    expect(notTaken[0]?.instead).toMatch(/^nothing: .*newer version of ClamAV/)
    expect(notTaken[1]?.instead).toContain('events: [update.failed]')
  })
})

it('a freshclam.conf that is read at each run: what is not taken over of it is told, its lists, too', () => {
  const notes = (allowUnsigned: boolean) =>
    freshclamInForce(
      'NotifyClamd /x\nDatabaseCustomURL http://h/a/l.hdb\nDatabaseCustomURL http://h/b/l.hdb\n',
      'freshclam.conf',
      usual,
      { custom: [], allowUnsigned },
      readCustom,
    ).notes
  const told = [expect.stringContaining('NotifyClamd'), expect.stringContaining('l.hdb once more')]
  expect(notes(true)).toEqual(told)
  expect(notes(false)).toEqual([...told, expect.stringContaining('allowUnsigned')])
})
