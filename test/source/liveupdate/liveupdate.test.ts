import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InternalConfig, LiveUpdateConfig } from '../../../src/config/config.ts'
import { DefsError } from '../../../src/error.ts'
import { internal, liveUpdate } from '../../../src/source/liveupdate/source.ts'
import { startFtpServer } from '../../support/ftp-server.ts'
import { type HttpServer, startHttpServer } from '../../support/http-server.ts'
import {
  asking,
  codeOf,
  connect,
  download,
  failure,
  offered,
  openSigned,
  sha256,
  signedIndex,
  today,
  triItem,
  triText,
} from '../asking.ts'

const small = 'smsmse$20virus$20definitions_6.5_symalllanguages_livetri.zip'
const guard = { 'a.zip': { sha256: sha256('package') } }
const index = signedIndex(triText(triItem('ExItem0', {})), guard)
const files = (entries: Readonly<Record<string, string | Buffer>>) =>
  new Map(Object.entries(entries).map(([name, bytes]) => [name, Buffer.from(bytes)]))
const good = (): Map<string, Buffer> => files({ 'minitri.flg': ' ', [small]: index, 'a.zip': 'package' })

const html = '<!DOCTYPE html><html><body>Please log in</body></html>'
let directory: string
const open: { close(): Promise<void> }[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'defs-liveupdate-'))
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
  rmSync(directory, { recursive: true, force: true })
})

function source(...hosts: string[]) {
  const config: LiveUpdateConfig = {
    name: 'live',
    kind: 'liveupdate',
    username: null,
    password: null,
    tls: null,
    passwordFile: null,
    passwordVariable: null,
    hosts,
    product: 'SMSMSE Virus Definitions',
    version: '6.5',
    language: 'symalllanguages',
  }
  const made = liveUpdate(config, connect)
  open.push(made)
  return made
}

function folder(name: string, content: Map<string, Buffer>): string {
  const path = join(directory, name)
  mkdirSync(path)
  for (const [file, bytes] of content) {
    mkdirSync(dirname(join(path, file)), { recursive: true })
    writeFileSync(join(path, file), bytes)
  }
  return path
}

async function serve(content: Map<string, Buffer>): Promise<HttpServer> {
  const server = await startHttpServer({ files: content })
  open.push(server)
  return server
}

const paths = (server: HttpServer) => server.requests.map(({ url }) => url)

describe('the exchange', () => {
  it('asks for the flag and the small index, and offers what the index names', async () => {
    const server = await serve(good())
    const offer = offered(await source(server.url).ask(asking()))
    expect(paths(server)).toEqual(['/minitri.flg', `/${small}`])
    expect(offer).toMatchObject({
      source: 'live',
      kind: 'liveupdate',
      set: '20261121.003',
      grade: 'certified',
      indexSignedBy: 'Test Signer',
      failedHosts: [],
      incremental: [],
      package: {
        name: 'a.zip',
        bytes: 7,
        exact: true,
        digests: [{ algorithm: 'sha256', hex: sha256('package') }],
        digestTries: 1,
        unpackedBytes: 20,
        folder: null,
      },
    })
    expect(await download(offer.package.remotes[0])).toBe('package')
  })

  it.each([' \r\n', ' \n', ' \r'])('takes %j for the flag', async (flag) => {
    const server = await serve(good().set('minitri.flg', Buffer.from(flag)))
    await source(server.url).ask(asking())
    expect(paths(server)).toContain(`/${small}`)
  })

  it.each(['', '  ', '\r\n', 'x', '\u0000', html, `${html}${' '.repeat(9000)}`])(
    'takes %.20j for no flag and falls back to the big index',
    async (flag) => {
      const server = await serve(good().set('minitri.flg', Buffer.from(flag)).set('livetri.zip', index))
      expect(offered(await source(server.url).ask(asking())).set).toBe('20261121.003')
      expect(paths(server)).toEqual(['/minitri.flg', '/livetri.zip'])
    },
  )

  it('falls back to the big index when the flag or the small index is absent', async () => {
    const server = await serve(files({ 'minitri.flg': ' ', 'livetri.zip': index, 'a.zip': 'package' }))
    expect(offered(await source(server.url).ask(asking())).set).toBe('20261121.003')
    expect(paths(server)).toEqual(['/minitri.flg', `/${small}`, '/livetri.zip'])
    server.files instanceof Map && server.files.delete('minitri.flg')
    expect(offered(await source(server.url).ask(asking())).set).toBe('20261121.003')
    expect(paths(server).slice(3)).toEqual(['/minitri.flg', '/livetri.zip'])
  })

  it('works over FTP and from a folder', async () => {
    const server = await startFtpServer({ files: good() })
    open.push(server)
    for (const host of [server.url, folder('host', good())]) {
      const offer = offered(await source(host).ask(asking()))
      expect(await download(offer.package.remotes[0])).toBe('package')
    }
  })

  it('uses nothing of an index before it is authenticated', async () => {
    const forged = Buffer.from(JSON.stringify({ signed: false, tri: triText(triItem('ExItem0', {})), guard }))
    expect(await codeOf(source(folder('host', good().set(small, forged))).ask(asking()))).toBe(
      'TRUST_SIGNATURE',
    )
    let seen: string | undefined
    const inquiry = asking({
      openSigned: (archive, name) => {
        seen = name
        return openSigned(archive)
      },
    })
    await source(folder('other', good())).ask(inquiry)
    expect(seen).toContain(small)
  })

  it.each([
    ['an HTML page', html, 'INDEX_HTML'],
    ['rubbish', '\u0001\u0002', 'ARCHIVE_UNKNOWN'],
    ['an index without liveupdt.tri', signedIndex(null, guard), 'INDEX_INVALID'],
    ['a file that is no TRI', signedIndex('nothing', guard), 'INDEX_INVALID'],
    ['a package outside the guard', signedIndex(triText(triItem('ExItem0', {}))), 'TRUST_FILE_UNLISTED'],
    [
      'a package that the guard names without a digest',
      signedIndex(triText(triItem('ExItem0', {})), { 'a.zip': {} }),
      'TRUST_FILE_UNLISTED',
    ],
  ])('refuses %s', async (_, bytes, code) => {
    expect(await codeOf(source(folder('host', good().set(small, Buffer.from(bytes)))).ask(asking()))).toBe(
      code,
    )
  })

  it('takes SHA-1 alone where the opening of the index let it pass, SHA-256 where both are there', async () => {
    const both = { sha1: 'a'.repeat(40), sha256: sha256('package') }
    for (const [n, stated] of [{ sha1: both.sha1 }, both].entries()) {
      const weak = signedIndex(triText(triItem('ExItem0', {})), { 'a.zip': stated })
      const offer = offered(await source(folder(`host${n}`, good().set(small, weak))).ask(asking()))
      const algorithm = n === 0 ? 'sha1' : 'sha256'
      expect(offer.package.digests).toEqual([{ algorithm, hex: both[algorithm] }])
    }
  })

  it('leaves a host whose index is vouched for too weakly', async () => {
    const openSigned = async () => {
      throw new DefsError('TRUST_SHA1_ONLY', 'too weak')
    }
    expect(await codeOf(source(folder('host', good())).ask(asking({ openSigned })))).toBe('TRUST_SHA1_ONLY')
  })

  it('refuses an index beyond its limit', async () => {
    const large = Buffer.alloc(9 * 1024 * 1024)
    expect(await codeOf(source(folder('host', good().set(small, large))).ask(asking()))).toBe(
      'INDEX_TOO_LARGE',
    )
  })

  it('says SOURCE_NOT_FOUND without any index, and nothing without our sequence', async () => {
    expect(await codeOf(source(folder('empty', files({}))).ask(asking()))).toBe('SOURCE_NOT_FOUND')
    for (const [n, item] of [triItem('ExItem0', { ItemSeqName: 'Update' }), ''].entries()) {
      const answer = await source(folder(`host${n}`, good().set(small, signedIndex(triText(item))))).ask(
        asking(),
      )
      expect(answer).toMatchObject({ nothing: true, source: 'live', failedHosts: [] })
    }
  })
})

describe('incremental packages', () => {
  const step = (keys: object) => ({ IncrementalPackage: 'TRUE', BaseSeqData: '261120001', ...keys })

  it('offers those that lead to the set and are vouched for', async () => {
    const tri = triText(
      triItem('ExItem0', {}),
      triItem('ExItem1', step({ FileName: 'b.zip', Size: 4 })),
      triItem('ExItem2', step({ FileName: 'unlisted.zip' })),
      triItem('ExItem3', step({ FileName: 'old.zip', ItemSeqData: '261120002' })),
      triItem('ExItem4', step({ FileName: 'c.zip', Size: 0 })),
      triItem('ExItem5', step({ FileName: 'c.zip', BaseSeqData: '261121003' })),
    )
    const stated = { ...guard, 'b.zip': { sha256: sha256('step') }, 'c.zip': { sha256: sha256('') } }
    const host = folder('host', good().set(small, signedIndex(tri, stated)).set('b.zip', Buffer.from('step')))
    const inquiry = asking()
    const offer = offered(await source(host).ask(inquiry))
    expect(offer.package.name).toBe('a.zip')
    // An empty one is offered, too: whoever takes it says that it fell back.
    expect(offer.incremental).toMatchObject([
      { base: '20261120.001', package: { name: 'b.zip', bytes: 4 } },
      { base: '20261120.001', package: { name: 'c.zip', bytes: 0 } },
    ])
    expect(await download(offer.incremental[0]?.package.remotes[0])).toBe('step')
    expect(inquiry.notes).toHaveLength(1)
  })

  it('are no offer by themselves', async () => {
    const tri = signedIndex(triText(triItem('ExItem0', step({}))), guard)
    const answer = await source(folder('host', good().set(small, tri))).ask(asking())
    expect(answer).toMatchObject({ nothing: true })
  })
})

describe('failover', () => {
  it('asks the hosts in order and keeps why each was left', async () => {
    const portal = await serve(files({}))
    portal.faults.set('*', (_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end(html),
    )
    const broken = await serve(good())
    broken.faults.set('/minitri.flg', (_, response) => response.writeHead(500).end())
    const last = await serve(good())
    const inquiry = asking()
    const gone = join(directory, 'gone')
    const offer = offered(await source(portal.url, broken.url, gone, last.url).ask(inquiry))
    expect(offer.failedHosts.map(({ error }) => 'code' in error && error.code)).toEqual([
      'INDEX_HTML',
      'SOURCE_STATUS',
      'SOURCE_UNREACHABLE',
    ])
    expect(offer.failedHosts.map(({ url }) => url).slice(0, 2)).toEqual([portal.url, broken.url])
    expect(inquiry.notes).toHaveLength(3)
    expect(offer.package.remotes.map(({ url }) => url).slice(0, 3)).toEqual([
      `${last.url}a.zip`,
      `${portal.url}a.zip`,
      `${broken.url}a.zip`,
    ])
  })

  it('skips a host in cool-down without a request, until it is due', async () => {
    const cooling = await serve(good())
    const other = await serve(good())
    const until = new Date(today.getTime() + 60_000)
    const both = source(cooling.url, other.url)
    const offer = offered(await both.ask(asking({ coolDowns: new Map([[cooling.url, until]]) })))
    expect(cooling.requests).toHaveLength(0)
    expect(offer.failedHosts).toMatchObject([
      { url: cooling.url, error: { code: 'SOURCE_COOLING_DOWN', facts: { until, path: cooling.url } } },
    ])
    expect(offer.package.remotes.map(({ url }) => url)).toEqual([`${other.url}a.zip`])
    await both.ask(asking({ coolDowns: new Map([[cooling.url, today]]) }))
    expect(cooling.requests).not.toHaveLength(0)
  })

  it('names the earliest moment when every host is cooling', async () => {
    const hosts = [folder('a', good()), folder('b', good()), folder('c', good())]
    const moments = [3, 1, 2].map((minutes) => new Date(today.getTime() + minutes * 60_000))
    const coolDowns = new Map(hosts.map((host, n) => [connect(host).url, moments[n] ?? today]))
    const error = await failure(source(...hosts).ask(asking({ coolDowns })))
    expect([error.code, error.facts.until]).toEqual(['SOURCE_COOLING_DOWN', moments[1]])
    expect(error.facts.failed?.map((host) => host.url)).toEqual([...coolDowns.keys()])
  })

  it('keeps a 429 by host, and does not name that host for the package', async () => {
    const busy = await serve(good())
    busy.faults.set(`/${small}`, (_, response) => response.writeHead(429, { 'retry-after': '600' }).end())
    const last = folder('last', good())
    const offer = offered(await source(busy.url, last).ask(asking()))
    expect(offer.failedHosts).toMatchObject([
      { error: { code: 'SOURCE_COOLING_DOWN', facts: { path: busy.url } } },
    ])
    expect(offer.package.remotes).toHaveLength(1)
    const alone = await failure(source(busy.url).ask(asking()))
    expect(alone).toMatchObject({ code: 'SOURCE_COOLING_DOWN', facts: { failed: [{ url: busy.url }] } })
    expect(alone.facts.until).toBeInstanceOf(Date)
  })

  it.each([
    [['gone', 'html', 'forged'], 'TRUST_SIGNATURE'],
    [['forged', 'html', 'gone'], 'TRUST_SIGNATURE'],
    [['gone', 'cooling', 'html'], 'INDEX_HTML'],
    [['gone', 'rubbish', 'html'], 'ARCHIVE_UNKNOWN'],
    [['gone', 'html', 'rubbish'], 'INDEX_HTML'],
    [['gone', 'cooling', 'empty'], 'SOURCE_COOLING_DOWN'],
    [['empty', 'gone'], 'SOURCE_NOT_FOUND'],
    [['gone', 'empty'], 'SOURCE_UNREACHABLE'],
  ])('of %j throws %s, with every host and reason', async (names, code) => {
    folder('html', good().set(small, Buffer.from(html)))
    folder('rubbish', good().set(small, Buffer.from('x')))
    folder('forged', good().set(small, Buffer.from('{}')))
    folder('empty', files({}))
    folder('cooling', good())
    const until = new Date(today.getTime() + 1000)
    const coolDowns = new Map([[connect(join(directory, 'cooling')).url, until]])
    const hosts = names.map((name) => join(directory, name))
    const error = await failure(source(...hosts).ask(asking({ coolDowns })))
    expect(error.code).toBe(code)
    expect(error.facts.problems).toHaveLength(names.length)
    expect(error.facts.source).toBe('live')
    expect(error.cause).toMatchObject({ code })
    expect(error.facts.until !== undefined).toBe(code === 'SOURCE_COOLING_DOWN')
  })

  it('ends at once when the run is interrupted or its time is over', async () => {
    const first = await serve(good())
    const second = await serve(good())
    const stop = new AbortController()
    first.faults.set('/minitri.flg', () => stop.abort())
    const inquiry = asking({ signal: stop.signal })
    expect(await codeOf(source(first.url, second.url).ask(inquiry))).toBe('INTERRUPTED')
    expect(second.requests).toHaveLength(0)
    expect(await codeOf(source(second.url).ask(inquiry))).toBe('INTERRUPTED')
    expect(second.requests).toHaveLength(0)
  })

  it('leaves a host that takes longer than its share of the time, and asks the next', async () => {
    const slow = await serve(good())
    const quick = await serve(good())
    slow.faults.set('/minitri.flg', () => undefined)
    const inquiry = asking({ deadline: new Date(today.getTime() + 600) })
    const offer = await source(slow.url, quick.url).ask(inquiry)
    expect(offer).toMatchObject({
      source: 'live',
      failedHosts: [{ url: slow.url, error: { code: 'SOURCE_DEADLINE' } }],
    })
  })

  it.each(['SOURCE_DEADLINE', 'INTERRUPTED'] as const)(
    'lets %s through, from below or from the signal',
    async (code) => {
      const hosts = [folder('first', good()), folder('second', good())]
      let opened = 0
      const inquiry = asking({
        openSigned: async () => {
          opened += 1
          throw new DefsError(code, 'from below')
        },
      })
      // A host that takes longer than its share is left; an interruption ends all.
      const tries = code === 'INTERRUPTED' ? 1 : 2
      expect([await codeOf(source(...hosts).ask(inquiry)), opened]).toEqual([code, tries])
      const signal = AbortSignal.abort(new DefsError(code, 'the reason'))
      const error = await failure(source(...hosts).ask(asking({ signal })))
      expect([error.code, error]).toEqual([code, signal.reason])
    },
  )

  it('goes on after a fault of ours, and shows it when nothing else answers', async () => {
    const hosts = [folder('empty', files({})), folder('first', good()), folder('second', good())]
    const faulty = (times: number) => {
      let left = times
      return asking({
        openSigned: async (archive) => {
          left -= 1
          if (left >= 0) throw new TypeError('a fault')
          return openSigned(archive)
        },
      })
    }
    expect(offered(await source(...hosts).ask(faulty(1))).failedHosts).toMatchObject([
      {},
      { error: { name: 'TypeError' } },
    ])
    expect(await codeOf(source(...hosts).ask(faulty(2)))).toBe('BUG')
  })

  it('refuses a source without hosts', async () => {
    expect(await codeOf(source().ask(asking()))).toBe('CONFIG_INVALID')
  })
})

describe('internal', () => {
  const config: InternalConfig = {
    name: 'inside',
    kind: 'internal',
    username: null,
    password: null,
    tls: null,
    passwordFile: null,
    passwordVariable: null,
    hosts: [],
    channel: 'production',
    product: 'SMSMSE Virus Definitions',
    version: '6.5',
    language: 'symalllanguages',
  }

  it('reads the same layout below its channel', async () => {
    const below = new Map([...good()].map(([name, bytes]) => [`production/${name}`, bytes]))
    const server = await serve(below)
    const inside = internal({ ...config, hosts: [server.url] }, connect)
    open.push(inside)
    const offer = offered(await inside.ask(asking()))
    expect(offer).toMatchObject({ kind: 'internal', source: 'inside', set: '20261121.003' })
    expect(paths(server)[0]).toBe('/production/minitri.flg')
    expect(await download(offer.package.remotes[0])).toBe('package')
  })

  it.each(['..', 'a/b', '', 'a\\b'])('refuses %j as a channel', (channel) => {
    expect(() => internal({ ...config, channel }, connect)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
  })
})
