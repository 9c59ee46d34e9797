import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signAnew } from '../support/clamav-mirror.ts'
import { clamavVectors } from '../support/clamd.ts'
import { runDefs } from '../support/run-defs.ts'

const pathKey = '0a1b2c3d4e5f60718293a4b5c6d7e8f9'
const queryKey = 'a-receipt-that-nobody-may-see'

describe.skipIf(!clamavVectors)('a provider of lists', () => {
  let work: string
  let server: Server
  let asked: string[]
  let lists: Record<string, string>

  beforeEach(async () => {
    work = mkdtempSync(join(tmpdir(), 'defs-providers-'))
    mkdirSync(join(work, 'mirror'))
    const vendor = signAnew(join(work, 'vendor'))
    writeFileSync(join(work, 'mirror', 'test.cvd'), vendor.file('test-3.cvd'))
    writeFileSync(join(work, 'mirror', 'test-3.cvd.sign'), vendor.file('test-3.cvd.sign'))
    asked = []
    lists = {}
    server = createServer((request, response) => {
      asked.push(request.url ?? '')
      const list = lists[request.url ?? '']
      if (list === undefined) response.writeHead(403).end('not so often')
      else response.end(list)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const at = `http://127.0.0.1:${port}`
    const roots = `certificates: ['${vendor.rootPath}']`
    writeFileSync(
      join(work, 'c.yaml'),
      `store: { root: ${join(work, 'store')}, reserve: 1MiB }
gate: { engine: none }
sources:
  c:
    kind: clamav
    hosts: ['file://${join(work, 'mirror')}/']
    databases: [test]
    ${roots}
    allowUnsigned: true
    custom:
      - '${at}/get/${pathKey}/by-path.hdb every:1h'
      - '${at}/getfile?receipt=${queryKey}&list=x#by-query.hdb'
`,
    )
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
    rmSync(work, { recursive: true, force: true })
  })

  const defs = (...args: string[]) => runDefs([...args, '--config', join(work, 'c.yaml')])
  const list = (name: string) => `${'a'.repeat(32)}:10:${name}\n`
  const paths = { path: `/get/${pathKey}/by-path.hdb`, query: `/getfile?receipt=${queryKey}&list=x` }

  it('may want a key in its address, which is never shown, and is not asked more often than it bears', async () => {
    lists[paths.path] = list('By.Path')
    lists[paths.query] = list('By.Query')
    const said: string[] = []
    const run = async (...args: string[]) => {
      const ended = await defs(...args)
      said.push(ended.stdout, ended.stderr)
      return ended
    }
    expect((await run('update', '--verbose')).code).toBe(0)
    const current = () => join(work, 'store', 'VirusDefs', 'current')
    expect(readFileSync(join(current(), 'by-query.hdb'), 'latin1')).toContain('By.Query')
    // One of them may be asked again; the other one rests.
    asked = []
    lists[paths.path] = list('By.Path.New')
    lists[paths.query] = list('By.Query.New')
    expect((await run('update')).code).toBe(0)
    expect(asked).not.toContain(paths.path)
    expect(readFileSync(join(current(), 'by-query.hdb'), 'latin1')).toContain('By.Query.New')
    expect(readFileSync(join(current(), 'by-path.hdb'), 'latin1')).toContain('By.Path\n')
    // A provider that says 403 keeps its last good copy, and is not asked the next time.
    lists = {}
    const forbidden = await run('update', '--json')
    expect([forbidden.code, forbidden.json.events]).toEqual([0, expect.arrayContaining([1085])])
    asked = []
    expect((await run('update')).code).toBe(0)
    expect(asked).toEqual([])
    for (const args of [
      ['show', 'current', '--json'],
      ['config', 'show'],
      ['config', 'show', '--json'],
      ['sources'],
      ['status', '--json'],
      ['report', '--json'],
      ['check', '--json'],
    ])
      await run(...args)
    const state = join(work, 'store', 'state')
    said.push(
      readFileSync(join(state, 'events.jsonl'), 'utf8'),
      readFileSync(join(work, 'store', 'status.json'), 'utf8'),
    )
    for (const name of readdirSync(join(state, 'provenance')))
      said.push(readFileSync(join(state, 'provenance', name), 'utf8'))
    expect(said.join('\n')).not.toContain(pathKey)
    expect(said.join('\n')).not.toContain(queryKey)
  })
})
