import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import type { Opening, Remote, Resume } from '../source.ts'
import type { Listed, Reach, SmallFile, Transport } from '../transport.ts'
import { addressOf, readBase } from './address.ts'
import { collect, tooLarge } from './collect.ts'
import { readBeginning } from './http-beginning.ts'
import { bodyOf } from './http-body.ts'
import { readListing } from './http-listing.ts'
import { lengthOf, mediaTypeOf, modifiedOf, readRange, resumeHeaders, validatorOf } from './http-opening.ts'
import { type Answer, type Client, drain, request, single } from './http-request.ts'
import { isAbsent, statusError } from './http-status.ts'
import { makeRoutes } from './proxy.ts'

/** HTTP and HTTPS. Connections are kept for the next request until `close()`. @throws CONFIG_INVALID */
export function openHttp(address: string, reach: Reach): Transport {
  const client: Client = { base: readBase(address, reach), reach, routes: makeRoutes(reach) }
  const { url: base } = client.base

  async function read(path: string, limit: number, signal: AbortSignal): Promise<SmallFile | null> {
    const answer = await request(client, addressOf(base, path), {}, signal)
    if (isAbsent(answer.status)) return drain(answer).then(() => null)
    await expectFile(answer, reach)
    const url = answer.url.href
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
    const answer = await request(client, url, {}, signal)
    // 403 is how a server says that it makes no index of this folder.
    if (isAbsent(answer.status) || answer.status === 403) return drain(answer).then(() => null)
    await expectFile(answer, reach)
    const text = Buffer.from(await collect(bodyOf(answer, signal), limits.listing, url.href)).toString('utf8')
    return readListing(text, mediaTypeOf(answer.headers), answer.url)
  }

  function remote(path: string): Remote {
    const url = addressOf(base, path)
    return { url: url.href, open: (resume, signal) => openAt(client, url, resume, signal) }
  }

  const peek: Transport['peek'] = async (path, limit, since, signal) => {
    const range = { range: `bytes=0-${limit - 1}` }
    const headers = since === null ? range : { ...range, 'if-modified-since': since.toUTCString() }
    const answer = await request(client, addressOf(base, path), headers, signal)
    if (answer.status === 304) return drain(answer).then(() => 'unchanged')
    if (isAbsent(answer.status)) return drain(answer).then(() => null)
    if (answer.status !== 200 && answer.status !== 206) throw await failureOf(answer, reach)
    expectPlain(answer)
    return readBeginning(answer, limit, signal)
  }

  return { url: base.href, read, peek, list, remote, close: () => client.routes.close() }
}

async function openAt(
  client: Client,
  url: URL,
  resume: Resume | null,
  signal: AbortSignal,
): Promise<Opening> {
  const answer = await request(client, url, resume ? resumeHeaders(resume) : {}, signal)
  const unwanted = answer.status === 206 || answer.status === 416
  const rest = resume && answer.status === 206 ? readRange(answer, resume) : null
  if (rest) {
    expectPlain(answer)
    return { ...rest, body: bodyOf(answer, signal) }
  }
  if (resume && unwanted) {
    // Not the rest of the file that was begun: from the beginning, then.
    answer.body.destroy()
    return openAt(client, url, null, signal)
  }
  await expectFile(answer, client.reach)
  const total = lengthOf(answer.headers)
  const validator = validatorOf(answer.headers, total)
  const { headers } = answer
  const [mediaType, modified] = [mediaTypeOf(headers), modifiedOf(headers)]
  return { start: 0, total, validator, mediaType, modified, body: bodyOf(answer, signal) }
}

async function expectFile(answer: Answer, reach: Reach): Promise<void> {
  if (answer.status !== 200) throw await failureOf(answer, reach)
  expectPlain(answer)
}

async function failureOf(answer: Answer, { coolWhenForbidden }: Reach): Promise<DefsError> {
  await drain(answer)
  return statusError(answer.status, single(answer.headers['retry-after']), answer.url.href, coolWhenForbidden)
}

// We asked for identity; a package that is compressed once more on the way has neither its size nor its bytes.
function expectPlain(answer: Answer): void {
  const encoding = single(answer.headers['content-encoding'])?.trim().toLowerCase() ?? 'identity'
  if (encoding === 'identity' || encoding === '') return
  answer.body.destroy()
  const text = `${answer.url.href} came with Content-Encoding ${encoding} although none was asked for`
  throw new DefsError('SOURCE_PROTOCOL', text, { path: answer.url.href })
}
