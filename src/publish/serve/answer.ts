import { lstatSync, realpathSync, type Stats } from 'node:fs'
import { type FileHandle, readdir } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { extname, join } from 'node:path'
import { Readable } from 'node:stream'
import { send } from '@fastify/send'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { openInPlace } from '../../disk/foreign-file.ts'
import { isPlainName } from '../../text/file-name.ts'
import { escaped } from './front-page.ts'
import type { ReadSpan, Span } from './pieces.ts'

/** Names that never stand for other bytes: packages and versioned metadata bear their digest or version. */
const immutable = /(^|\/)([0-9a-f]{64}\.[^/]+|[^/]+-[0-9a-f]{12}\.zip|\d+\.[a-z]+\.json)$/

/** What is served. */
export interface Served {
  /** A real path, links resolved. */
  readonly root: string
  /** What a URL stands for now; null when there is nothing to be had. */
  readonly find: (url: string) => Promise<Found | null>
  readonly content: ReadSpan
  readonly listing: boolean
}

/** A file or a folder below the root. */
export interface Found {
  /** Absolute, and free of links. */
  readonly place: string
  /** From the root on, with `/`. */
  readonly path: string
  readonly isFolder: boolean
  /** How long it may be kept, for `cache-control`. */
  readonly keep: string
  /** The validator that `send` gives the same file. */
  readonly tag: string
}

/** Answers one GET or HEAD with a file: ranges, conditions, and how long it may be kept. */
export async function answer(request: FastifyRequest, reply: FastifyReply, served: Served): Promise<unknown> {
  const found = await served.find(request.url)
  if (found === null) return nothing(reply)
  const { place, path, keep } = found
  if (found.isFolder) {
    if (!served.listing) return nothing(reply)
    return reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-cache')
      .send(await listingOf(place))
  }
  // Most of what clients ask is whether an index is still the same: answered without opening it.
  const same = known(found, request.headers['if-none-match'])
  if (same !== null) return reply.code(304).headers(same).send()
  const file = await openInPlace(place)
  if (file === null) return nothing(reply)
  if (await holdsKey(file, path)) {
    await file.close()
    return nothing(reply)
  }
  try {
    const { statusCode, headers, body } = await sendOpened(request, file, path, served)
    if (reply.raw.destroyed) await file.close()
    else reply.raw.once('close', () => void file.close())
    reply.header('cache-control', keep)
    return reply.code(statusCode).headers(headers).send(body)
  } catch (error) {
    await file.close()
    throw error
  }
}

/**
 * Whoever may write to the tree could make a link of what was found a moment ago: so the file is opened first, and judged
 * by its handle where the system has names for those. What is sent comes from the handle.
 */
async function sendOpened(request: FastifyRequest, file: FileHandle, path: string, served: Served) {
  const byHandle = process.platform === 'linux'
  const [place, root] = byHandle ? [`/${file.fd}`, '/proc/self/fd'] : [encodeURI(`/${path}`), served.root]
  const { headers: asked, method } = request.raw
  // Asked for the head only: the content is not to be read for each who wants it.
  const head = { method: 'HEAD', headers: asked } as IncomingMessage
  const { stream, ...sent } = await send(head, place, {
    root,
    dotfiles: 'deny',
    index: false,
    cacheControl: false,
  })
  if (sent.type !== 'file' || sent.statusCode >= 300) return { ...sent, body: stream }
  // The name that `send` saw has no ending.
  const headers = { ...sent.headers, ...(byHandle ? { 'Content-Type': typeOf(path) } : {}) }
  const span = spanOf(headers)
  if (method === 'HEAD' || span.bytes === 0) return { ...sent, headers, body: stream }
  const pieces = served.content(file, span)
  return { ...sent, headers, body: Readable.from(pieces, { highWaterMark: 1 }) }
}

/** What an answer is to hold, as its headers tell it. */
function spanOf(headers: Readonly<Record<string, unknown>>): Span {
  const from = /^bytes (\d+)-/.exec(String(headers['Content-Range'] ?? ''))?.[1] ?? '0'
  return { from: Number(from), bytes: Number(headers['Content-Length']) }
}

/** What lies in a tree, by its ending; everything else is bytes. */
function typeOf(path: string): string {
  const types: Readonly<Record<string, string>> = {
    '.zip': 'application/zip',
    '.json': 'application/json; charset=utf-8',
    '.txt': 'text/plain; charset=utf-8',
    '.html': 'text/html; charset=utf-8',
    '.pem': 'application/x-x509-ca-cert',
  }
  return types[extname(path).toLowerCase()] ?? 'application/octet-stream'
}

/** What is said of a file that a client has already (RFC 9110, 13.1.2), by one validator or by several; null when it has not. */
export function known(
  { isFolder, tag, keep }: Found,
  condition: string | undefined,
): Readonly<Record<string, string>> | null {
  if (isFolder || condition === undefined) return null
  const opaque = (text: string) => text.trim().replace(/^W\//, '')
  const same = condition === tag || condition.split(',').some((one) => opaque(one) === opaque(tag))
  return same ? { etag: tag, 'cache-control': keep } : null
}

// Certificates are a few KiB; a key stands beside them within the first of these. Bytes.
const mostPem = 64 * 1024

/** Whether a PEM file is none that clients are meant to have. */
async function holdsKey(file: FileHandle, path: string): Promise<boolean> {
  if (!/\.(?:pem|crt|cer)$/i.test(path)) return false
  const { buffer, bytesRead } = await file.read(Buffer.alloc(mostPem), 0, mostPem, 0)
  return buffer.subarray(0, bytesRead).includes('PRIVATE KEY-----')
}

function nothing(reply: FastifyReply): unknown {
  return reply.code(404).type('text/plain; charset=utf-8').send('not found\n')
}

/** A request's path below the root, decoded; null for one that may not be asked for. */
function partsOf(url: string): readonly string[] | null {
  const path = url.split('?')[0] ?? ''
  let decoded: string
  try {
    decoded = decodeURIComponent(path)
  } catch {
    return null
  }
  const parts = decoded.split('/').filter((part) => part !== '')
  // No hidden files, and nothing that is another file or a device on some system.
  const odd = parts.some((part) => isHidden(part) || !isPlainName(part))
  return odd ? null : parts
}

/** Names that are never served: hidden ones, and what the publisher keeps for himself. */
function isHidden(name: string): boolean {
  return name.startsWith('.') || /\.(?:state|key)$/i.test(name)
}

/**
 * Finds what URLs stand for below a root. An index is asked for by everybody: whoever asks for the same in the same turn
 * of the event loop gets the same answer, which is looked for when the turn is over. So no answer is older than its
 * request, and nothing is remembered that could be turned into a link meanwhile.
 */
export function openFinder(root: string): (url: string) => Promise<Found | null> {
  const asked = new Map<string, Promise<Found | null>>()
  return (url) => {
    const same = asked.get(url)
    if (same) return same
    const found = new Promise<Found | null>((resolve) => {
      setImmediate(() => {
        asked.delete(url)
        resolve(findNow(root, url))
      })
    })
    asked.set(url, found)
    return found
  }
}

/**
 * Null when there is nothing, no file and no folder, or when a link stands anywhere on the way: whoever may write to the
 * tree must not be able to show other files of this machine.
 */
function findNow(root: string, url: string): Found | null {
  const parts = partsOf(url)
  if (parts === null) return null
  const [place, path] = [join(root, ...parts), parts.join('/')]
  try {
    const stats = lstatSync(place)
    const isFolder = stats.isDirectory()
    if (!(isFolder || stats.isFile()) || realpathSync.native(place) !== place) return null
    const keep = immutable.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache'
    return { place, path, isFolder, keep, tag: tagOf(stats) }
  } catch {
    return null
  }
}

function tagOf({ size, mtime }: Stats): string {
  return `W/"${size.toString(16)}-${mtime.getTime().toString(16)}"`
}

/** A folder as a page of links; hidden files are left out. */
async function listingOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true })
  const links = entries
    .filter((entry) => !isHidden(entry.name) && (entry.isFile() || entry.isDirectory()))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort()
    .map(
      (name) => `<li><a href="${encodeURIComponent(name).replaceAll('%2F', '/')}">${escaped(name)}</a></li>`,
    )
  return `<!doctype html><title>Index</title><ul>${links.join('\n')}</ul>\n`
}
