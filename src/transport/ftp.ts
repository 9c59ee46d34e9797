import { Readable, Writable } from 'node:stream'
import type { Client } from 'basic-ftp'
import { limits } from '../limits.ts'
import { addressOf, decoded, partsOf, readBase } from './address.ts'
import { collect, tooLarge } from './body.ts'
import { type FtpWatch, ftpError, isAbsentReply, isUnsupported, watch } from './ftp-control.ts'
import { parseFtpListing, plainEntries } from './ftp-listing.ts'
import { type Link, makeSession } from './ftp-session.ts'
import type { ConnectionOptions, Listed, Opening, Remote, Resume, SmallFile, Transport } from './transport.ts'

/**
 * FTP, and FTPS by `ftps://` or `tls`. One control connection, anonymous unless a login is given; proxies never
 * apply.
 */
export function openFtp(address: string, reach: ConnectionOptions): Transport {
  const base = readBase(address, reach)
  const session = makeSession(base, reach)
  const folders = partsOf(decoded(base.url.pathname))

  /** The path as the server has it, below the folder that the login begins in. */
  function pathOn(link: Link, path: string): string {
    return [link.home.replace(/\/+$/, ''), ...folders, ...partsOf(path)].join('/') || '/'
  }

  function transferOf(link: Link, path: string, start: number, signal: AbortSignal) {
    const url = addressOf(base.url, path).href
    return openBody(link, { path: pathOn(link, path), start, url, signal, stallTimeout: reach.stallTimeout })
  }

  async function read(path: string, limit: number, signal: AbortSignal): Promise<SmallFile | null> {
    const url = addressOf(base.url, path).href
    return session.run(url, signal, async (link) => {
      const body = await transferOf(link, path, 0, signal).catch(absentIsNull)
      return body && { url, bytes: await collect(body, limit, url), mediaType: null }
    })
  }

  async function list(path: string, signal: AbortSignal): Promise<readonly Listed[] | null> {
    const url = addressOf(base.url, path).href
    return session.run(url, signal, async (link) => {
      // CWD tells a missing folder from an empty one; some servers answer LIST of either with nothing.
      const there = await link.client.send(`CWD ${pathOn(link, path)}`).catch(absentIsNull)
      return there && listHere(link.client, url)
    })
  }

  async function openAt(path: string, resume: Resume | null, signal: AbortSignal): Promise<Opening> {
    const url = addressOf(base.url, path).href
    return session.run(url, signal, async (link) => {
      const total = await sizeOf(link, pathOn(link, path))
      const validator = await validatorOf(link, pathOn(link, path), total)
      const modified = modifiedOf(validator)
      const same = resume && (resume.validator === validator || resume.validator === '')
      const wanted = same && (total === null || resume.offset <= total) ? resume.offset : 0
      try {
        const body = await transferOf(link, path, wanted, signal)
        return { start: wanted, total, validator, mediaType: null, modified, body }
      } catch (error) {
        // A server without REST sends the file from the beginning.
        if (wanted === 0 || !isUnsupported(error)) throw error
        const whole = await transferOf(link, path, 0, signal)
        return { start: 0, total, validator, mediaType: null, modified, body: whole }
      }
    })
  }

  function remote(path: string): Remote {
    return {
      url: addressOf(base.url, path).href,
      open: (resume, signal) => openAt(path, resume, signal),
    }
  }

  return { url: base.url.href, read, list, remote, close: async () => session.close() }
}

function absentIsNull(error: unknown): null {
  if (isAbsentReply(error)) return null
  throw error
}

async function listHere(client: Client, url: string): Promise<Listed[]> {
  let bytes = 0
  client.trackProgress((info) => {
    bytes = Math.max(bytes, info.bytes)
  })
  client.parseList = (text) => {
    if (text.split('\n', limits.listingEntries + 2).length > limits.listingEntries + 1) {
      throw tooLarge(url, limits.listingEntries)
    }
    return parseFtpListing(text, url)
  }
  try {
    const found = await client.list()
    return plainEntries(found)
  } catch (error) {
    // The library stops at maxListingBytes with an error that has no code; what came in tells.
    if (bytes > 0 && bytes + (1 << 16) >= limits.listing) throw tooLarge(url, limits.listing)
    throw error
  } finally {
    client.trackProgress()
  }
}

async function sizeOf(link: Link, path: string): Promise<number | null> {
  const text = await factOf(link, `SIZE ${path}`)
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null
}

/** `<size>;<time of change>`; null unless the server tells both. */
async function validatorOf(link: Link, path: string, total: number | null): Promise<string | null> {
  const modified = total === null ? null : await factOf(link, `MDTM ${path}`)
  return modified !== null && /^\d{14}(\.\d+)?$/.test(modified) ? `${total};${modified}` : null
}

/** The time in a validator, which MDTM tells in UTC (RFC 3659, 2.3). */
function modifiedOf(validator: string | null): Date | null {
  const digits = /;(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(validator ?? '')
  const [year, month, day, hour, minute, second] = (digits ?? []).slice(1)
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(date.getTime()) ? null : date
}

/** What a 213 says; null when the server would not say. Only RETR decides whether the file is there. */
async function factOf(link: Link, command: string): Promise<string | null> {
  const reply = await link.client.sendIgnoringError(command)
  return reply.code === 213 ? (reply.message.slice(4).trim().split(/[ ,]/)[0] ?? null) : null
}

export interface FtpTransfer {
  readonly path: string
  readonly start: number
  readonly url: string
  readonly signal: AbortSignal
  /** Milliseconds. */
  readonly stallTimeout: number
}

/**
 * Starts RETR and resolves once bytes come (or the file is empty). The body ends only when the server has said
 * on the control connection that the transfer is complete: a data connection that just closes proves nothing.
 * Destroying the body closes the control connection too, which is the one sure way to stop a server.
 * @throws what the library throws when the server refuses the file
 */
async function openBody(link: Link, transfer: FtpTransfer): Promise<Readable> {
  const { client } = link
  const { url, signal, stallTimeout } = transfer
  let proceed: (() => void) | undefined
  let running = true
  let eye: FtpWatch | undefined
  const body = new Readable({
    highWaterMark: 1 << 20,
    read() {
      const next = proceed
      proceed = undefined
      next?.()
    },
    destroy(error, done) {
      eye?.stop()
      if (running) client.close()
      done(error)
    },
  })
  body.on('error', () => {})
  const first = deferred()
  const sink = new Writable({
    write(chunk: Buffer, _encoding, next) {
      first.resolve()
      if (body.push(chunk)) next()
      else proceed = next
    },
  })
  sink.on('error', () => {})
  const done = client.downloadTo(sink, transfer.path, transfer.start)
  done.then(
    () => {
      running = false
      body.push(null)
    },
    (error) => {
      running = false
      body.destroy(eye?.failure() ?? ftpError(error, url, 'work', link.ended()))
    },
  )
  await Promise.race([first.promise, done])
  const paused = () => proceed !== undefined
  if (running) eye = watch(client, { url, signal, within: null, silence: stallTimeout, paused })
  link.hold(body)
  return body
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
