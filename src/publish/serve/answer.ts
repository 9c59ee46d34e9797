import type { Stats } from 'node:fs'
import { send } from '@fastify/send'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { listingOf, partsOf } from './place-of.ts'

// Large files are read in pieces of this size: fewer turns of the event loop for each byte. Bytes.
const piece = 1 << 19

/** Names that never stand for other bytes: packages and versioned metadata bear their digest or version. */
const immutable = /(^|\/)([0-9a-f]{64}\.[^/]+|[^/]+-[0-9a-f]{12}\.zip|\d+\.[a-z]+\.json)$/

/** What is served. */
export interface Served {
  /** A real path, links resolved. */
  readonly root: string
  readonly placeOf: (parts: readonly string[]) => Promise<string | null>
  /** What a path is; null when there is nothing. */
  readonly look: (path: string) => Promise<Stats | null>
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
  if (request.headers['if-none-match'] === tag) {
    return reply.code(304).header('etag', tag).header('cache-control', keep).send()
  }
  const { statusCode, headers, stream } = await send(request.raw, encodeURI(`/${path}`), {
    root: served.root,
    dotfiles: 'deny',
    index: false,
    cacheControl: false,
    highWaterMark: piece,
  })
  reply.header('cache-control', keep)
  return reply.code(statusCode).headers(headers).send(stream)
}

/** The validator that `send` gives the same file. */
function tagOf({ size, mtime }: Stats): string {
  return `W/"${size.toString(16)}-${mtime.getTime().toString(16)}"`
}

function nothing(reply: FastifyReply): unknown {
  return reply.code(404).type('text/plain; charset=utf-8').send('not found\n')
}
