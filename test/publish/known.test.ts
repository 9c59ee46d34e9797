import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Report } from '../../src/event/report.ts'
import type { Tally } from '../../src/publish/serve/metrics.ts'
import { type Serving, startServer } from '../../src/publish/serve/serve.ts'
import { quickContext } from '../support/fetching.ts'

const settings = { host: '127.0.0.1', port: 0, certificate: null, key: null, tokens: null, connections: 100 }

let directory: string
let root: string
let serving: Serving[]
let told: string[]
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'defs-known-')))
  root = join(directory, 'tree')
  serving = []
  told = []
  mkdirSync(join(root, 'production', 'folder.d'), { recursive: true })
  mkdirSync(join(root, '.hidden'))
  const inTree = ['minitri.flg', '20261121-001-0123456789ab.zip', 'a.key', 'no ending', 'plain'].map(
    (name) => `production/${name}`,
  )
  // All of one size and time, and so of one validator: whoever looks at the wrong file finds it known.
  for (const name of [...inTree, 'healthz', 'metrics', '.hidden/file.zip', '../secret.zip']) {
    writeFileSync(join(root, name), 'content')
    utimesSync(join(root, name), 1_800_000_000, 1_800_000_000)
  }
  symlinkSync(join(directory, 'secret.zip'), join(root, 'production', 'link.zip'))
  symlinkSync(directory, join(root, 'up'))
})
afterEach(async () => {
  for (const one of serving) await one.stop()
  rmSync(directory, { recursive: true, force: true })
})

/** A server that answers before the router, or with so high a rate that nobody meets it one that never does. */
async function start(before: boolean): Promise<string> {
  const emit = (report: Report) => {
    if (report.type === 'note') told.push(report.text.replace(/\d+ ms$/, 'ms'))
  }
  const metrics = async ({ answers }: Tally) => JSON.stringify([...answers])
  const place = { root, host: '127.0.0.1', port: 0, listing: false, metrics }
  const rate = before ? 0 : 10_000_000
  serving.push(await startServer(place, { ...settings, rate }, { ...quickContext(), emit }))
  return serving.at(-1)?.url ?? ''
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

function ask(url: string, path: string, method: string, headers: Record<string, string>): Promise<Answer> {
  const { port } = new URL(url)
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, path, method, headers: { host: 'tree', ...headers }, agent: false },
      (answer) => {
        let body = ''
        answer.on('data', (piece) => {
          body += piece
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }))
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}

/** What both ways must have in common: the rate is told by one of them alone, and clocks go on. */
function common({ status, headers, body }: Answer) {
  const kept = Object.entries(headers).filter(([name]) => name !== 'date' && !name.startsWith('x-ratelimit-'))
  return { status, headers: Object.fromEntries(kept), body }
}

describe('a request that is answered before the router', () => {
  it('gets the answer that the router gives', async () => {
    const [early, late] = [await start(true), await start(false)]
    const file = '/production/minitri.flg'
    const etag = String((await ask(early, file, 'GET', {})).headers.etag)
    const modified = String((await ask(early, file, 'GET', {})).headers['last-modified'])
    const paths = [
      ...[file, '/production/20261121-001-0123456789ab.zip', '/production/plain', '/production/no%20ending'],
      ...[
        '/production/a.key',
        '/production/link.zip',
        '/up/secret.zip',
        '/.hidden/file.zip',
        '/production/folder.d',
      ],
      ...[
        '/healthz',
        '//healthz',
        '/production//minitri.flg',
        '/production/minitri.flg?x=1',
        '/production/../a.zip',
      ],
      ...[
        '/production/missing.zip',
        '/%70roduction/minitri.flg',
        '/production/minitri.flg/',
        '/production/con.zip',
        '/',
      ],
    ]
    const conditions: Record<string, string>[] = [
      {},
      { 'if-none-match': etag },
      { 'if-none-match': etag.replace('W/', '') },
      { 'if-none-match': `"other" , ${etag}` },
      { 'if-none-match': '"other"' },
      { 'if-none-match': '*' },
      { 'if-none-match': '"other"', 'if-modified-since': modified },
      { 'if-none-match': etag, range: 'bytes=0-1' },
      { 'if-modified-since': modified },
      { range: 'bytes=0-1' },
    ]
    const met = new Set<number>()
    for (const path of paths) {
      for (const method of ['GET', 'HEAD', 'POST']) {
        for (const headers of conditions) {
          const answers = await Promise.all([early, late].map((url) => ask(url, path, method, headers)))
          const [one, other] = answers.map(common)
          expect([path, method, headers, one]).toEqual([path, method, headers, other])
          met.add(one?.status ?? 0)
        }
      }
    }
    expect([...met].sort()).toEqual([200, 206, 304, 404, 405, 503])
  })

  it('is counted and noted as every other', async () => {
    const notes: string[][] = []
    for (const before of [true, false]) {
      told = []
      const url = await start(before)
      const { etag = '' } = (await ask(url, '/production/minitri.flg', 'GET', {})).headers
      for (const method of ['GET', 'HEAD'])
        await ask(url, '/production/minitri.flg', method, { 'if-none-match': etag })
      expect(JSON.parse((await ask(url, '/metrics', 'GET', {})).body)).toEqual([
        [200, 1],
        [304, 2],
      ])
      notes.push(told.filter((text) => text.includes(' 304 ')))
    }
    expect(notes[0]).toEqual([
      '127.0.0.1 GET /production/minitri.flg 304 ms',
      '127.0.0.1 HEAD /production/minitri.flg 304 ms',
    ])
    expect(notes[1]).toEqual(notes[0])
  })
})
