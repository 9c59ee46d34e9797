import { get as ask } from 'node:http'
import type { SourceConfig } from '../../config/config.ts'
import { joinSignals } from '../../context.ts'
import { DefsError } from '../../error.ts'
import { isAddressName } from '../../text/file-name.ts'
import { addressOf, type BaseAddress, conditionFor, isExempt, readBase } from '../../transport/address.ts'
import type { ConnectionOptions } from '../../transport/transport.ts'
import type { SeenIndex } from '../source.ts'

/**
 * Whether the first host of a source says that it still has the file that was seen before: one request, answered with
 * 304. False means no more than that the source has to be asked in full: for any other answer, any failure, and
 * wherever one plain request does not do (FTP, a proxy, another first host than then).
 *
 * It goes out by Node's own client. undici with its WebAssembly parser takes longer to load than all the rest of
 * `check`, and none of what it is good at is needed here.
 * @param file its path below the host
 */
export async function isUnchanged(
  source: SourceConfig,
  file: string,
  seen: SeenIndex,
  reach: ConnectionOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const base = firstHost(source, reach)
  if (base === null || seen.url !== addressOf(base.url, file).href) return false
  if (reach.proxy && !isExempt(base.url.hostname, reach.noProxy)) return false
  const limit = { milliseconds: reach.connectTimeout, reason: () => new Error('no answer in time') }
  const bound = joinSignals([signal], limit)
  const request = base.url.protocol === 'https:' ? (await import('node:https')).get : ask
  const options = {
    agent: false,
    auth: base.login ? `${base.login.username}:${base.login.password}` : null,
    headers: {
      'user-agent': reach.userAgent,
      accept: '*/*',
      'cache-control': 'no-cache',
      ...conditionFor(seen.validator),
    },
    signal: bound.signal,
    ...(reach.authorities === null ? {} : { ca: reach.authorities }),
  } as const
  return new Promise<boolean>((resolve) => {
    request(seen.url, options, (response) => {
      response.destroy()
      resolve(response.statusCode === 304)
    }).on('error', () => resolve(false))
  }).finally(bound.release)
}

function firstHost(source: SourceConfig, reach: ConnectionOptions): BaseAddress | null {
  const host = 'hosts' in source ? source.hosts[0] : undefined
  return host !== undefined && /^https?:/i.test(host) ? readBase(host, reach) : null
}

/** Where a source has its index, below a host; null for one without. @throws CONFIG_INVALID */
export function indexPath(source: SourceConfig): string | null {
  if (source.kind === 'liveupdate') return indexName(source)
  return source.kind === 'internal' ? `${source.channel}/${indexName(source)}` : null
}

/** What one update index is about. */
export interface IndexSubject {
  readonly product: string
  readonly version: string
  readonly language: string
}

/** The index of everything, for servers without small indexes. */
export const bigIndex = 'livetri.zip'

/**
 * The name of a small index: `<product>_<version>_<language>_livetri.zip`, lower case, a space as `$20`
 * (docs/domain.md section 2.1). `$` itself is written `$24`, our decision, so that no two names meet.
 * @throws CONFIG_INVALID for a part that cannot stand in a file name
 */
export function indexName(subject: IndexSubject): string {
  const { product, version, language } = subject
  return `${encodePart(product)}_${encodePart(version)}_${encodePart(language)}_${bigIndex}`
}

function encodePart(part: string): string {
  if (isAddressName(part)) return part.toLowerCase().replaceAll('$', '$24').replaceAll(' ', '$20')
  throw new DefsError(
    'CONFIG_INVALID',
    `'${part}' cannot be part of an index name: product, version and language are plain names`,
  )
}
