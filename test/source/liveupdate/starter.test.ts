import { describe, expect, it } from 'vitest'
import { liveUpdateStarter } from '../../../src/source/liveupdate/starter.ts'

const java = `# Java LiveUpdate
hosts/1/url=ftp://update.example/opt/
hosts/0/url=http://liveupdate.example:80
hosts/0/login:ENC=0123456789
hosts/0/password:ENC=9876543210
hosts/2/url=/srv/liveupdate
proxy=proxy.example:3128
logfile=/var/log/liveupdt.log
workdir=/tmp
jar=/opt/Symantec/LiveUpdate/jlu.jar
urls=1
`

const windows = [
  'HOSTS\\0\\ACCESS2=http://10.0.0.5:7070/clu-prod',
  'HOSTS\\0\\IS_SYMANTEC=NO',
  'HOSTS\\0\\LOGIN=upd',
  'HOSTS\\0\\NAME=Internal',
  'HOSTS\\0\\TYPE=HTTP',
  'HOSTS\\1\\ACCESS=update.example',
  'HOSTS\\1\\TYPE=FTP',
  'HOSTS\\1\\PORT=2121',
  'PREFERENCES\\INTERNET\\HTTP_PROXY_SERVER=proxy.example',
  'PREFERENCES\\INTERNET\\HTTP_PROXY_PORT=8080',
  'PREFERENCES\\INTERNET\\HTTP_PROXY_USERNAME=me',
].join('\r\n')

describe('a liveupdate.conf', () => {
  it('takes hosts in the order of their numbers, and the proxy', () => {
    const { tables } = liveUpdateStarter(java, '/etc/liveupdate.conf')
    expect(tables).toEqual({
      sources: {
        liveupdate: {
          kind: 'liveupdate',
          hosts: ['http://liveupdate.example/', 'ftp://update.example/opt/', '/srv/liveupdate'],
        },
      },
      network: { proxy: 'http://proxy.example:3128/' },
    })
  })

  it('names what is not taken over, with what does it here', () => {
    const { notTaken } = liveUpdateStarter(java, '/etc/liveupdate.conf')
    const told = Object.fromEntries(notTaken.map(({ option, instead }) => [option, instead]))
    expect(Object.keys(told)).toEqual([
      'hosts/0/login:ENC',
      'hosts/0/password:ENC',
      'logfile',
      'workdir',
      'jar',
      'urls',
    ])
    expect(told['hosts/0/password:ENC']).toContain('passwordFile')
    expect(told['logfile']).toContain('events.sinks')
    expect(told['workdir']).toContain('store.root')
    expect(told['jar']).toContain('no Java')
  })

  it('without a host, or with one that is none, is refused', () => {
    expect(() => liveUpdateStarter('workdir=/tmp\n', 'f')).toThrow('names no host')
    expect(() => liveUpdateStarter('hosts/0/url=gopher://x/\n', 'f')).toThrow('no http, ftp or file address')
  })
})

it('a Settings.LiveUpdate is read alike', () => {
  const { tables, notTaken } = liveUpdateStarter(windows, 'Settings.LiveUpdate')
  expect(tables).toEqual({
    sources: {
      liveupdate: {
        kind: 'liveupdate',
        hosts: ['http://10.0.0.5:7070/clu-prod', 'ftp://update.example:2121/'],
        username: 'upd',
      },
    },
    network: { proxy: 'http://proxy.example:8080/', proxyUsername: 'me' },
  })
  expect(notTaken.map(({ option }) => option)).toEqual(['HOSTS\\0\\IS_SYMANTEC', 'HOSTS\\0\\NAME'])
})
