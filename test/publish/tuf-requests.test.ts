import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HttpServer, startHttpServer } from '../support/http-server.ts'
import { openWorks, type Works } from './works.ts'

const [first, second] = ['20261119.001', '20261120.001'] as const
const day = 24 * 60 * 60 * 1000

let works: Works
let server: HttpServer
beforeEach(async () => {
  works = await openWorks()
  works.tuf = true
  await works.own(first)
  server = await startHttpServer({ files: works.tree })
  works.host = server.url
})
afterEach(async () => {
  await server.close()
  works.close()
})

/** What a command asked of the server: path, and whether on a condition. */
async function askedBy(command: string): Promise<string[]> {
  server.requests.splice(0)
  expect(await works.client(command)).toMatchObject({ exitCode: 0 })
  return server.requests.map(({ url, headers }) => `${url}${headers['if-none-match'] ? ' if changed' : ''}`)
}

const timestamp = '/metadata/timestamp.json if changed'

describe('a client with a pinned root, with nothing new', () => {
  it.each(['update', 'check'])('makes one conditional request with %s', async (command) => {
    await askedBy('update')
    expect(await askedBy(command)).toEqual([timestamp])
    expect(await askedBy(command)).toEqual([timestamp])
  })

  it('asks for the next root once a day', async () => {
    await askedBy('update')
    works.now = new Date(Date.now() + day + 60_000)
    expect(await askedBy('update')).toEqual([timestamp, '/metadata/2.root.json'])
    works.now = new Date(Date.now() + day + 120_000)
    expect(await askedBy('update')).toEqual([timestamp])
  })

  it('still sees what is new, what is past its end, and a key that was taken out of force', async () => {
    await askedBy('update')
    await works.own(second)
    expect(await works.client('update')).toMatchObject({ exitCode: 0, changed: true, current: second })
    // The same timestamp for ever is a server that is held back, 304 or not.
    works.now = new Date(Date.now() + 8 * day)
    expect(await works.client('update')).toMatchObject({ exitCode: 5, error: { code: 'TRUST_FROZEN' } })
    works.now = null
    expect(await works.defs('keys', 'rotate', 'timestamp')).toMatchObject({ exitCode: 0 })
    expect(await works.client('update')).toMatchObject({ exitCode: 0, changed: false, current: second })
  })

  it('believes no small file that it kept beyond what the metadata says', async () => {
    await askedBy('update')
    await works.own(second)
    const asked = await askedBy('update')
    expect(asked.some((url) => url.includes('livetri.zip'))).toBe(true)
    expect(works.live()).toBe(second)
  })
})

describe('check, once an update saw the same', () => {
  beforeEach(() => askedBy('update'))
  const check = () => works.client('check')

  it('is answered by Node alone: its client, as what TUF takes is not even loaded', async () => {
    expect(await askedBy('check')).toEqual([timestamp])
    expect(server.requests[0]?.headers.connection).toBe('close')
    expect(await check()).toMatchObject({ exitCode: 0, newer: false, offered: first, current: first })
  })

  it('tells what is new, again and again, though the metadata was taken over by asking', async () => {
    await works.own(second)
    for (const _ of [1, 2, 3]) expect(await check()).toMatchObject({ newer: true, offered: second })
    await askedBy('update')
    expect(await askedBy('check')).toEqual([timestamp])
  })

  it('believes no timestamp that is past its end, whatever the server says', async () => {
    works.now = new Date(Date.now() + 8 * day)
    expect(await check()).toMatchObject({ exitCode: 5, error: { code: 'TRUST_FROZEN' } })
  })

  it('asks for the next root once a day', async () => {
    works.now = new Date(Date.now() + day + 60_000)
    expect(await askedBy('check')).toEqual([timestamp, '/metadata/2.root.json'])
    expect(await askedBy('check')).toEqual([timestamp])
  })

  it('is asked in full once the source reads another channel', async () => {
    expect(await works.own(second, '--channel', 'pilot', '--new')).toMatchObject({ exitCode: 0 })
    await askedBy('update')
    works.channel = 'pilot'
    expect(await check()).toMatchObject({ newer: true, offered: second })
  })

  it('is asked in full where what is kept is damaged', async () => {
    const folder = join(works.store, 'state', 'tuf')
    const [kept] = readdirSync(folder).filter((name) => /^[0-9a-f]+\.json$/.test(name))
    writeFileSync(join(folder, String(kept)), '{"root":')
    expect((await askedBy('check')).length).toBeGreaterThan(1)
    expect(await check()).toMatchObject({ exitCode: 0, newer: false, offered: first })
  })
})
