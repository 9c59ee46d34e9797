import { createHash } from 'node:crypto'
import {
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { discard, fetchPackage, type Place } from '../../src/fetch/fetch.ts'
import { limits } from '../../src/limits.ts'
import type { PackageFile } from '../../src/source/source.ts'
import { openTransport } from '../../src/transport/open-transport.ts'
import type { ConnectionOptions } from '../../src/transport/transport.ts'
import { offerOf, partialFolder, placeAt, quickContext } from '../support/fetching.ts'
import { type HttpServer, serveFile, startHttpServer } from '../support/http-server.ts'
import { noise } from '../support/noise.ts'
import { reachWith } from '../support/reach.ts'

const body = noise(3_000_000)
const digest = { algorithm: 'sha256', hex: sha256(body) } as const
/** As a signed index states it. */
const signed = { bytes: body.length, exact: true, digests: [digest] } as const
const time = new Date(Date.UTC(2026, 10, 21))
const quiet = new AbortController().signal

let partial: string
const cleanups: (() => unknown)[] = []
beforeEach(() => {
  const folder = partialFolder()
  partial = folder.partial
  cleanups.push(folder.remove)
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function serving(content: Buffer = body): Promise<HttpServer> {
  const server = await startHttpServer({ files: new Map([['package.zip', content]]) })
  cleanups.push(() => server.close())
  return server
}

function remoteOf(url: string, reach: Partial<ConnectionOptions> = {}) {
  const transport = openTransport(url, reachWith(reach))
  cleanups.push(() => transport.close())
  return transport.remote('package.zip')
}

async function fetching(
  servers: readonly HttpServer[],
  want: Partial<PackageFile> = {},
  change: Partial<Place> = {},
  reach: Partial<ConnectionOptions> = {},
) {
  const context = quickContext()
  const remotes = servers.map((server) => remoteOf(server.url, reach))
  const fetched = await fetchPackage(offerOf(remotes, want), placeAt(partial, change), context, quiet)
  return { fetched, context }
}

/** Answers honestly `times` times with only the first bytes, then hangs up. */
function cutting(server: HttpServer, bytes: number, times = 1, content = body): void {
  let left = times
  server.faults.set('/package.zip', (request, response) => {
    if (left-- <= 0) return false
    const { end } = response
    response.end = ((piece: Buffer) => {
      response.write(piece.subarray(0, bytes), () => response.destroy())
      return response
    }) as typeof end
    serveFile(content, time, request, response)
    return true
  })
}

const kept = () => readdirSync(partial).sort()

describe('a package that comes as it should', () => {
  test('is whole, private, reported and can be discarded', async () => {
    const server = await serving()
    const { fetched, context } = await fetching([server], signed)
    expect(fetched).toMatchObject({ bytes: body.length, downloaded: body.length, sha256: digest.hex })
    expect(fetched.url).toBe(`${server.url}package.zip`)
    expect(readFileSync(fetched.file).equals(body)).toBe(true)
    if (process.platform !== 'win32') expect(statSync(fetched.file).mode & 0o777).toBe(0o600)
    const last = context.reports.findLast((report) => report.type === 'progress')
    expect(last).toEqual({
      type: 'progress',
      step: 'fetch',
      subject: 'package.zip',
      done: body.length,
      total: body.length,
    })
    await discard(fetched)
    await discard(fetched)
    expect(kept()).toEqual([])
  })

  test('without a stated size or digest, from a chunked body', async () => {
    const server = await serving()
    server.faults.set('/package.zip', (_request, response) => response.writeHead(200).end(body) && true)
    const { fetched } = await fetching([server])
    expect(fetched).toMatchObject({ bytes: body.length, sha256: digest.hex })
  })

  test('from a folder', async () => {
    const folder = partialFolder()
    cleanups.push(folder.remove)
    writeFileSync(join(folder.partial, 'package.zip'), body)
    const offer = offerOf([remoteOf(folder.partial)], signed)
    const fetched = await fetchPackage(offer, placeAt(partial), quickContext(), quiet)
    expect(fetched.sha256).toBe(digest.hex)
  })

  test('a folder on this machine is taken as it lies, and never removed', async () => {
    const folder = partialFolder()
    cleanups.push(folder.remove)
    writeFileSync(join(folder.partial, 'v.grd'), 'x')
    const offer = offerOf([], { folder: folder.partial })
    const fetched = await fetchPackage(offer, placeAt(partial), quickContext(), quiet)
    expect(fetched).toMatchObject({ file: folder.partial, downloaded: 0 })
    await discard(fetched)
    expect(readdirSync(folder.partial)).toEqual(['v.grd'])
  })

  test('that an earlier run left whole is not fetched again', async () => {
    const server = await serving()
    await fetching([server], signed)
    const { fetched } = await fetching([server], signed)
    expect(fetched).toMatchObject({ downloaded: 0, sha256: digest.hex })
    expect(server.requests).toHaveLength(1)
  })

  test('does not follow a link in the place of its file', async () => {
    const server = await serving()
    const { fetched } = await fetching([server])
    const precious = join(partial, '..', `precious-${process.pid}`)
    writeFileSync(precious, 'precious')
    cleanups.push(() => truncateSync(precious))
    await discard(fetched)
    symlinkSync(precious, fetched.file)
    writeFileSync(
      fetched.file.replace('.part', '.json'),
      JSON.stringify({ url: fetched.url, validator: '"x"', bytes: 1, total: 9 }),
    )
    const again = await fetching([server])
    expect(statSync(again.fetched.file).isFile()).toBe(true)
    expect(readFileSync(precious, 'utf8')).toBe('precious')
  })
})

test.skipIf(process.platform === 'win32')('does not write into a file that has a second name', async () => {
  const server = await serving()
  cutting(server, 1_800_000)
  await expect(fetching([server], {}, { tries: 1 })).rejects.toMatchObject({ code: 'SOURCE_INTERRUPTED' })
  const part = kept().find((name) => name.endsWith('.part')) ?? ''
  const precious = `${partial}-precious`
  linkSync(join(partial, part), precious)
  cleanups.push(() => rmSync(precious))
  const before = readFileSync(precious)
  const { fetched } = await fetching([server])
  expect(fetched).toMatchObject({ bytes: body.length, downloaded: body.length, sha256: digest.hex })
  expect(readFileSync(precious).equals(before)).toBe(true)
  expect(statSync(fetched.file).nlink).toBe(1)
})

describe('a transfer that breaks off', () => {
  test('resumes where it stopped', async () => {
    const server = await serving()
    cutting(server, 1_800_000)
    const { fetched, context } = await fetching([server])
    expect(fetched).toMatchObject({ bytes: body.length, downloaded: body.length, sha256: digest.hex })
    expect(server.requests[1]?.headers.range).toBe('bytes=1800000-')
    expect(context.pauses).toEqual([0.75 * limits.backoff])
  })

  test('resumes in the next run', async () => {
    const server = await serving()
    cutting(server, 1_800_000)
    await expect(fetching([server], {}, { tries: 1 })).rejects.toMatchObject({ code: 'SOURCE_INTERRUPTED' })
    expect(kept()).toHaveLength(2)
    const { fetched } = await fetching([server])
    expect(fetched).toMatchObject({
      bytes: body.length,
      downloaded: body.length - 1_800_000,
      sha256: digest.hex,
    })
  })

  test('resumes when every byte was there and the run died before it could tell', async () => {
    const server = await serving()
    await fetching([server])
    const { fetched } = await fetching([server])
    expect(fetched).toMatchObject({ bytes: body.length, downloaded: 1, sha256: digest.hex })
  })

  test('starts over when the file has changed', async () => {
    const old = noise(body.length)
    const server = await serving()
    cutting(server, 1_000_000, 1, old)
    const { fetched } = await fetching([server])
    expect(fetched).toMatchObject({ downloaded: 1_000_000 + body.length, sha256: digest.hex })
  })

  test('a server that sends the rest of another file is found out by the digest, and asked once more', async () => {
    const server = await serving()
    cutting(server, 1_000_000, 1, noise(body.length))
    const { fetched } = await fetching([server], signed)
    expect(fetched.sha256).toBe(digest.hex)
    expect(server.requests).toHaveLength(3)
  })

  test('goes on at another place when a signed digest identifies the file', async () => {
    const [first, second] = [await serving(), await serving()]
    cutting(first, 2_000_000, 9)
    const { fetched, context } = await fetching([first, second], signed, { tries: 1 })
    expect(fetched).toMatchObject({
      url: `${second.url}package.zip`,
      downloaded: body.length,
      sha256: digest.hex,
    })
    expect(second.requests[0]?.headers.range).toBe('bytes=2000000-')
    expect(context.reports.filter((report) => report.type === 'note')).toHaveLength(1)
  })

  test('without one, starts from the beginning at another place', async () => {
    const [first, second] = [await serving(), await serving()]
    cutting(first, 2_000_000, 9)
    const { fetched } = await fetching([first, second], {}, { tries: 1 })
    expect(fetched.sha256).toBe(digest.hex)
    expect(second.requests[0]?.headers.range).toBeUndefined()
  })

  test('leaves nothing behind when it cannot be resumed', async () => {
    const server = await serving()
    server.faults.set('/package.zip', (_request, response) => {
      response.writeHead(200, { 'content-length': body.length })
      response.write(body.subarray(0, 1000), () => response.destroy())
    })
    await expect(fetching([server])).rejects.toMatchObject({ code: 'SOURCE_INTERRUPTED' })
    expect(server.requests).toHaveLength(3)
    expect(kept()).toEqual([])
  })
})

describe('what is refused', () => {
  const sending =
    (content: string | Buffer, headers: Record<string, string> = {}) =>
    (_request: unknown, response: ServerResponse) => {
      response.writeHead(200, headers).end(content)
    }

  test.each<[string, string, ReturnType<typeof sending>, Partial<PackageFile>, Partial<Place>]>([
    [
      'another size than signed, announced',
      'FETCH_SIZE',
      sending(body, { 'content-length': String(body.length) }),
      { ...signed, bytes: 5 },
      {},
    ],
    ['more than signed', 'FETCH_SIZE', sending(body), { ...signed, bytes: 5 }, {}],
    ['less than signed', 'FETCH_SIZE', sending('less'), signed, {}],
    ['nothing', 'FETCH_SIZE', sending(''), {}, {}],
    [
      'too much, announced',
      'FETCH_TOO_LARGE',
      sending(body, { 'content-length': String(body.length) }),
      {},
      { maxBytes: 9 },
    ],
    ['too much', 'FETCH_TOO_LARGE', sending(body), {}, { maxBytes: 9 }],
    ['a web page by its look', 'FETCH_HTML', sending('\ufeff \n<!DOCTYPE html><p>Log in'), {}, {}],
    ['a web page in capitals', 'FETCH_HTML', sending('<HTML>'), {}, {}],
    ['a wrong digest', 'TRUST_DIGEST', sending(noise(body.length)), signed, {}],
  ])('%s', async (_name, code, fault, want, change) => {
    const server = await serving()
    server.faults.set('/package.zip', fault)
    await expect(fetching([server], want, change)).rejects.toMatchObject({ code })
    expect(kept()).toEqual([])
    expect(server.requests).toHaveLength(1)
  })

  test('what a listing calls larger than anything that is taken is not asked for, whatever is free', async () => {
    const server = await serving()
    const listed = { bytes: 99_999_999_999_999, exact: false }
    await expect(fetching([server], listed)).rejects.toMatchObject({ code: 'FETCH_TOO_LARGE' })
    expect(server.requests).toEqual([])
  })

  test('an endless body ends at the bound', async () => {
    const server = await serving()
    let sent = 0
    server.faults.set('/package.zip', (_request, response) => {
      const more = () => {
        do sent += body.length
        while (!response.destroyed && response.write(body))
        response.once('drain', more)
      }
      more()
    })
    await expect(fetching([server], {}, { maxBytes: 10_000_000 })).rejects.toMatchObject({
      code: 'FETCH_TOO_LARGE',
    })
    expect(sent).toBeLessThan(200_000_000)
    expect(kept()).toEqual([])
  })

  test('a wrong listed digest is fetched anew, as often as asked', async () => {
    const server = await serving()
    let bad = 2
    server.faults.set('/package.zip', (_request, response) => bad-- > 0 && response.end('bad'))
    const md5 = { algorithm: 'md5', hex: createHash('md5').update(body).digest('hex') } as const
    const want = { digests: [md5], digestTries: 3 }
    expect((await fetching([server], want)).fetched.sha256).toBe(digest.hex)
    bad = 9
    await expect(fetching([server], { ...want, name: 'b' })).rejects.toMatchObject({ code: 'TRUST_DIGEST' })
    expect(server.requests).toHaveLength(6)
  })

  test('what is wrong at one place may be right at the next', async () => {
    const [first, second] = [await serving(noise(body.length)), await serving()]
    const { fetched } = await fetching([first, second], signed)
    expect(fetched.url).toBe(`${second.url}package.zip`)
  })

  test('a full disk: before a byte is asked for, or at the announcement', async () => {
    const server = await serving()
    const reserve = Number.MAX_SAFE_INTEGER / 4
    await expect(fetching([server], signed, { reserve })).rejects.toMatchObject({ code: 'STORE_FULL' })
    expect(server.requests).toHaveLength(0)
    await expect(fetching([server], {}, { reserve })).rejects.toMatchObject({ code: 'STORE_FULL' })
    const unpackedBytes = Number.MAX_SAFE_INTEGER / 4
    await expect(fetching([server], { unpackedBytes })).rejects.toMatchObject({ code: 'STORE_FULL' })
  })
})

describe('places', () => {
  const answering = async (status: number, headers: Record<string, string> = {}) => {
    const server = await serving()
    server.faults.set(
      '/package.zip',
      (_request, response) => response.writeHead(status, headers).end() && true,
    )
    return server
  }

  test('all failing: the first cause, with all of them listed', async () => {
    const servers = [await answering(404), await answering(500)]
    const attempt = fetching(servers, {}, { tries: 2 })
    await expect(attempt).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      facts: { problems: [expect.any(String), expect.any(String)] },
    })
    expect(servers.map((server) => server.requests.length)).toEqual([1, 2])
  })

  test('one that asks to wait is not asked again, and is what is told in the end', async () => {
    const servers = [
      await answering(500),
      await answering(429, { 'retry-after': '60' }),
      await answering(404),
    ]
    await expect(fetching(servers, {}, { tries: 1 })).rejects.toMatchObject({
      code: 'SOURCE_COOLING_DOWN',
      facts: { until: expect.any(Date) },
    })
    expect(servers[1]?.requests).toHaveLength(1)
  })

  test('pauses double up to the longest', async () => {
    const server = await answering(500)
    const context = quickContext()
    const attempt = fetchPackage(
      offerOf([remoteOf(server.url)]),
      placeAt(partial, { tries: 8 }),
      context,
      quiet,
    )
    await expect(attempt).rejects.toMatchObject({ code: 'SOURCE_STATUS' })
    const factors = [1, 2, 4, 8, 16, 30, 30]
    expect(context.pauses).toEqual(factors.map((factor) => 0.75 * factor * limits.backoff))
  })
})

// As a server of files does whose file is cut while it is sent: no protocol tells.
test('a file that ends before the size that was announced for it is not whole', async () => {
  let asked = 0
  const remote = {
    url: 'test://host/package.zip',
    async open() {
      asked += 1
      async function* half() {
        yield body.subarray(0, body.length / 2)
      }
      const facts = { start: 0, total: body.length, validator: null, mediaType: null, modified: null }
      return { ...facts, body: half() }
    },
  }
  const attempt = fetchPackage(offerOf([remote]), placeAt(partial, { tries: 2 }), quickContext(), quiet)
  await expect(attempt).rejects.toMatchObject({ code: 'SOURCE_INTERRUPTED' })
  expect(asked).toBe(2)
})

describe('time', () => {
  const dripping = async () => {
    const server = await serving()
    const timers: NodeJS.Timeout[] = []
    server.faults.set('/package.zip', (_request, response) => {
      response.writeHead(200, { 'content-length': body.length, etag: '"e"' })
      timers.push(setInterval(() => response.write('x'), 5))
    })
    cleanups.push(() => {
      for (const timer of timers) clearInterval(timer)
    })
    return server
  }

  test('silence', async () => {
    const server = await serving()
    server.faults.set('/package.zip', (_request, response) => {
      response.writeHead(200, { 'content-length': body.length })
      response.write('x')
    })
    const attempt = fetching([server], {}, { tries: 1 }, { stallTimeout: 100 })
    await expect(attempt).rejects.toMatchObject({ code: 'SOURCE_STALLED', facts: { transient: true } })
  })

  test('a slow drip, by a clock that runs faster', async () => {
    const server = await dripping()
    const begun = Date.now()
    const context = quickContext({ now: () => new Date(begun + (Date.now() - begun) * 2000) })
    const attempt = fetchPackage(
      offerOf([remoteOf(server.url)]),
      placeAt(partial, { throughput: 1024, tries: 1 }),
      context,
      quiet,
    )
    await expect(attempt).rejects.toMatchObject({ code: 'SOURCE_STALLED' })
  })

  test('the deadline, also while nothing comes', async () => {
    for (const server of [await dripping(), await serving()]) {
      if (!server.faults.size) server.faults.set('*', () => true)
      const deadline = new Date(Date.now() + 60)
      await expect(fetching([server], {}, { deadline })).rejects.toMatchObject({ code: 'SOURCE_DEADLINE' })
    }
  })

  test('an interrupted run ends at once, and its bytes stay', async () => {
    const server = await dripping()
    const controller = new AbortController()
    const context = quickContext({
      emit: (report) => {
        if (report.type === 'progress' && report.done > 0) controller.abort()
      },
    })
    const attempt = fetchPackage(
      offerOf([remoteOf(server.url)]),
      placeAt(partial),
      context,
      controller.signal,
    )
    await expect(attempt).rejects.toMatchObject({ code: 'INTERRUPTED' })
    expect(kept()).toHaveLength(2)
    expect(existsSync(partial)).toBe(true)
  })
})
