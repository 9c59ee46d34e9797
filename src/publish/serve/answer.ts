import { lstatSync, realpathSync, type Stats } from 'node:fs'
import { type FileHandle, lstat, readdir, realpath } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { dirname, extname, join, sep } from 'node:path'
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
  readonly placeOf: (parts: readonly string[]) => Promise<string | null>
  /** What a path is; null when there is nothing. */
  readonly look: (path: string) => Promise<Stats | null>
  readonly content: ReadSpan
  readonly listing: boolean
}

/** Answers one GET or HEAD with a file: ranges, conditions, and how long it may be kept. */
export async function answer(request: FastifyRequest, reply: FastifyReply, served: Served): Promise<unknown> {
  const parts = partsOf(request.url)
  const place = parts === null ? null : await served.placeOf(parts)
  const kind = place === null ? null : await served.look(place)
  if (parts === null || place === null || kind === null) return nothing(reply)
  if (kind.isDirectory()) {
    if (!served.listing) return nothing(reply)
    return reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-cache')
      .send(await listingOf(place))
  }
  if (!kind.isFile()) return nothing(reply)
  const path = parts.join('/')
  const keep = immutable.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache'
  const tag = tagOf(kind)
  // Most of what clients ask is whether an index is still the same: answered without opening it.
  if (isKnown(request.headers['if-none-match'], tag) && isStill(place, kind)) {
    return reply.code(304).header('etag', tag).header('cache-control', keep).send()
  }
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
 * What was looked at is remembered for a moment, in which whoever may write to the tree could make a link of it: so the
 * file is opened first, and judged by its handle where the system has names for those. What is sent comes from the handle.
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

/** Whether a client has the file already (RFC 9110, 13.1.2), by one validator or by several. */
function isKnown(condition: string | undefined, tag: string): boolean {
  const opaque = (text: string) => text.trim().replace(/^W\//, '')
  return condition?.split(',').some((one) => opaque(one) === opaque(tag)) ?? false
}

/** Whether what was looked at a moment ago is what lies there now, no link in any part of the way. */
function isStill(place: string, seen: Stats): boolean {
  try {
    const now = lstatSync(place)
    const same = now.ino === seen.ino && now.size === seen.size && now.mtimeMs === seen.mtimeMs
    return same && realpathSync.native(place) === place
  } catch {
    return false
  }
}

// Certificates are a few KiB; a key stands beside them within the first of these. Bytes.
const mostPem = 64 * 1024

/** Whether a PEM file is none that clients are meant to have. */
async function holdsKey(file: FileHandle, path: string): Promise<boolean> {
  if (!/\.(?:pem|crt|cer)$/i.test(path)) return false
  const { buffer, bytesRead } = await file.read(Buffer.alloc(mostPem), 0, mostPem, 0)
  return buffer.subarray(0, bytesRead).includes('PRIVATE KEY-----')
}

/** The validator that `send` gives the same file. */
function tagOf({ size, mtime }: Stats): string {
  return `W/"${size.toString(16)}-${mtime.getTime().toString(16)}"`
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

/** How long a folder that was found free of links counts as such. Milliseconds. */
const folderBelieved = 1000
/** Folders foldersRemembered at a time; a tree has a handful. */
const foldersRemembered = 64

/**
 * Finds files below a root. Null when there is nothing, or when a link stands anywhere on the way: whoever may
 * write to the tree must not be able to show other files of this machine. The file itself is left to the caller's
 * `lstat`.
 */
export function openPlaces(root: string): (parts: readonly string[]) => Promise<string | null> {
  const folders = new Map<string, number>()

  async function isFree(folder: string): Promise<boolean> {
    const until = folders.get(folder)
    const now = performance.now()
    if (until !== undefined && now < until) return true
    const real = await realpath(folder).catch(() => null)
    if (real !== folder) return false
    if (folders.size >= foldersRemembered) folders.clear()
    folders.set(folder, now + folderBelieved)
    return true
  }

  return async (parts) => {
    const wanted = join(root, ...parts)
    if (wanted === root) return root
    return wanted.startsWith(root.endsWith(sep) ? root : root + sep) && (await isFree(dirname(wanted)))
      ? wanted
      : null
  }
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

/** How long what was seen of a file counts. A client is told "unchanged" that much too long at most. Milliseconds. */
const fileBelieved = 200
/** Files filesRemembered at a time. */
const filesRemembered = 256

/**
 * Looks at files, each at most once in a moment however many ask: an index that everybody asks for would keep the
 * few threads of the file system busy with the same question. Null where there is nothing.
 */
export function openLooks(): (path: string) => Promise<Stats | null> {
  const looks = new Map<string, { readonly until: number; readonly stats: Promise<Stats | null> }>()
  return (path) => {
    const now = performance.now()
    const last = looks.get(path)
    if (last && now < last.until) return last.stats
    if (looks.size >= filesRemembered) looks.clear()
    const stats = lstat(path).catch(() => null)
    looks.set(path, { until: now + fileBelieved, stats })
    return stats
  }
}
