import type { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { shownUrl } from '../text/shown-address.ts'
import { addressOf, conditionFor, conditionOf, readBase } from './address.ts'
import { collect, startOf, tooLarge } from './body.ts'
import { readListing } from './http-listing.ts'
import { bodyOf, type Client, drain, type HttpAnswer, request, single } from './http-request.ts'
import { isAbsent, statusError } from './network-error.ts'
import { isProxied, makeRoutes } from './proxy.ts'
import type {
  Beginning,
  ConnectionOptions,
  Listed,
  Opening,
  Remote,
  Resume,
  SmallFile,
  Transport,
} from './transport.ts'

// Also with a condition (If-None-Match): a cache answers those itself otherwise. RFC 9111, 5.2.1.4.
const noCache = { 'cache-control': 'no-cache' } as const

/** HTTP and HTTPS. Connections are kept for the next request until `close()`. @throws CONFIG_INVALID */
export function openHttp(address: string, reach: ConnectionOptions): Transport {
  const client: Client = { base: readBase(address, reach), reach, routes: makeRoutes(reach) }
  const { url: base } = client.base

  async function read(path: string, limit: number, signal: AbortSignal): Promise<SmallFile | null> {
    return readAnswer(await request(client, addressOf(base, path), noCache, signal), limit, signal)
  }

  const readIfChanged: Transport['readIfChanged'] = async (path, limit, validator, signal) => {
    const headers = { ...noCache, ...conditionFor(validator) }
    const answer = await request(client, addressOf(base, path), headers, signal)
    if (answer.status === 304) return drain(answer).then(() => 'unchanged')
    return readAnswer(answer, limit, signal)
  }

  async function readAnswer(
    answer: HttpAnswer,
    limit: number,
    signal: AbortSignal,
  ): Promise<SmallFile | null> {
    if (isAbsent(answer.status)) return drain(answer).then(() => null)
    await expectFile(answer, reach)
    const url = shownUrl(answer.url)
    if ((lengthOf(answer.headers) ?? 0) > limit) {
      answer.body.destroy()
      throw tooLarge(url, limit)
    }
    const bytes = await collect(bodyOf(answer, signal), limit, url)
    const validator = validatorOf(answer.headers, bytes.length)
    return { url, bytes, mediaType: mediaTypeOf(answer.headers), validator }
  }

  async function list(path: string, signal: AbortSignal): Promise<readonly Listed[] | null> {
    const url = addressOf(base, path === '' || path.endsWith('/') ? path : `${path}/`)
    const answer = await request(client, url, noCache, signal)
    // 403 is how a server says that it makes no index of this folder.
    if (isAbsent(answer.status) || answer.status === 403) return drain(answer).then(() => null)
    await expectFile(answer, reach)
    const text = Buffer.from(await collect(bodyOf(answer, signal), limits.listing, shownUrl(url))).toString(
      'utf8',
    )
    return readListing(text, mediaTypeOf(answer.headers), answer.url)
  }

  function remote(path: string): Remote {
    const url = addressOf(base, path)
    return {
      url: shownUrl(url),
      open: (resume, signal, fresh = false) => openAt(client, url, { resume, fresh }, signal),
    }
  }

  const peek: Transport['peek'] = async (path, limit, signal) => {
    const headers = { ...noCache, range: `bytes=0-${limit - 1}` }
    const answer = await request(client, addressOf(base, path), headers, signal)
    if (isAbsent(answer.status)) return drain(answer).then(() => null)
    if (answer.status !== 200 && answer.status !== 206) throw await failureOf(answer, reach)
    return readBeginning(answer, limit, signal)
  }

  return { url: shownUrl(base), read, readIfChanged, peek, list, remote, close: () => client.routes.close() }
}

async function openAt(
  client: Client,
  url: URL,
  { resume, fresh }: { readonly resume: Resume | null; readonly fresh: boolean },
  signal: AbortSignal,
): Promise<Opening> {
  const headers = { ...(fresh ? noCache : {}), ...(resume ? resumeHeaders(resume) : {}) }
  const answer = await request(client, url, headers, signal)
  const unwanted = answer.status === 206 || answer.status === 416
  const rest = resume && answer.status === 206 ? readRange(answer, resume) : null
  if (rest) return { ...rest, body: bodyOf(answer, signal) }
  if (resume && unwanted) {
    // Not the rest of the file that was begun: from the beginning, then.
    answer.body.destroy()
    return openAt(client, url, { resume: null, fresh }, signal)
  }
  await expectFile(answer, client.reach)
  const total = lengthOf(answer.headers)
  const validator = validatorOf(answer.headers, total)
  const [mediaType, modified] = [mediaTypeOf(answer.headers), modifiedOf(answer.headers)]
  return { start: 0, total, validator, mediaType, modified, body: bodyOf(answer, signal) }
}

async function expectFile(answer: HttpAnswer, reach: ConnectionOptions): Promise<void> {
  if (answer.status !== 200) throw await failureOf(answer, reach)
}

async function failureOf(answer: HttpAnswer, reach: ConnectionOptions): Promise<DefsError> {
  await drain(answer)
  // Of what goes through a tunnel the proxy sees nothing.
  const proxied = answer.url.protocol === 'http:' && isProxied(answer.url, reach)
  const way = { coolWhenForbidden: reach.coolWhenForbidden ?? false, proxied }
  return statusError(answer.status, single(answer.headers['retry-after']), shownUrl(answer.url), way)
}

/** The beginning of a file from a 206, or from a 200 of a server that knows no ranges: the rest is not read. */
async function readBeginning(answer: HttpAnswer, limit: number, signal: AbortSignal): Promise<Beginning> {
  const total = totalOf(answer)
  return {
    url: shownUrl(answer.url),
    bytes: await startOf(bodyOf(answer, signal), limit),
    total,
    validator: validatorOf(answer.headers, total),
    mediaType: mediaTypeOf(answer.headers),
  }
}

function totalOf({ status, headers }: HttpAnswer): number | null {
  if (status === 200) return lengthOf(headers)
  const total = /^bytes 0-\d{1,15}\/(\d{1,15})$/.exec(single(headers['content-range']) ?? '')?.[1]
  return total === undefined ? null : Number(total)
}

/** What must be sent to have a transfer go on where it stopped. */
function resumeHeaders(resume: Resume): Record<string, string> {
  const range = { range: `bytes=${resume.offset}-` }
  return resume.validator === '' ? range : { ...range, 'if-range': conditionOf(resume.validator) }
}

/**
 * A validator for If-Range: the strong ETag, else `<Last-Modified>;<size>`; null when the server says neither.
 * A weak ETag only promises that the content means the same, not that its bytes are the same.
 */
function validatorOf(headers: HttpAnswer['headers'], total: number | null): string | null {
  const etag = single(headers['etag'])
  if (etag?.startsWith('"')) return etag
  const modified = single(headers['last-modified'])
  return modified !== undefined && total !== null ? `${modified};${total}` : null
}

/** Size of the body as announced; null when it is not (chunked). */
function lengthOf(headers: HttpAnswer['headers']): number | null {
  const text = single(headers['content-length']) ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}

/**
 * Reads a 206. Null when it is not the rest that was asked for, of the file that was begun: a server or cache
 * that sends another part, or a part of another version, would make a mixed file.
 */
function readRange(answer: HttpAnswer, resume: Resume): Omit<Opening, 'body'> | null {
  const range = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(
    single(answer.headers['content-range']) ?? '',
  )
  const [start, last, total] = (range ?? []).slice(1).map(Number)
  if (start === undefined || last === undefined || total === undefined) return null
  if (start !== resume.offset || last !== total - 1) return null
  const length = lengthOf(answer.headers)
  if (length !== null && length !== total - start) return null
  const now = validatorOf(answer.headers, total)
  if (resume.validator !== '' && now !== null && now !== resume.validator) return null
  const validator = now ?? (resume.validator || null)
  const { headers } = answer
  return { start, total, validator, mediaType: mediaTypeOf(headers), modified: modifiedOf(headers) }
}

/** The media type, lower case, without parameters; null when none is sent. */
function mediaTypeOf(headers: HttpAnswer['headers']): string | null {
  return single(headers['content-type'])?.split(';')[0]?.trim().toLowerCase() || null
}

/** When the file was changed last; null when the server does not say, or says what is no date. */
function modifiedOf(headers: HttpAnswer['headers']): Date | null {
  const date = new Date(single(headers['last-modified']) ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? null : date
}
