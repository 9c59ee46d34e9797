import type { Opening, Resume } from '../source.ts'
import { type Answer, single } from './http-request.ts'
import { conditionOf } from './validator.ts'

/** What must be sent to have a transfer go on where it stopped. */
export function resumeHeaders(resume: Resume): Record<string, string> {
  const range = { range: `bytes=${resume.offset}-` }
  return resume.validator === '' ? range : { ...range, 'if-range': conditionOf(resume.validator) }
}

/**
 * A validator for If-Range: the strong ETag, else `<Last-Modified>;<size>`; null when the server says neither.
 * A weak ETag only promises that the content means the same, not that its bytes are the same.
 */
export function validatorOf(headers: Answer['headers'], total: number | null): string | null {
  const etag = single(headers['etag'])
  if (etag?.startsWith('"')) return etag
  const modified = single(headers['last-modified'])
  return modified !== undefined && total !== null ? `${modified};${total}` : null
}

/** Size of the body as announced; null when it is not (chunked). */
export function lengthOf(headers: Answer['headers']): number | null {
  const text = single(headers['content-length']) ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}

/**
 * Reads a 206. Null when it is not the rest that was asked for, of the file that was begun: a server or cache
 * that sends another part, or a part of another version, would make a mixed file.
 */
export function readRange(answer: Answer, resume: Resume): Omit<Opening, 'body'> | null {
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
export function mediaTypeOf(headers: Answer['headers']): string | null {
  return single(headers['content-type'])?.split(';')[0]?.trim().toLowerCase() || null
}

/** When the file was changed last; null when the server does not say, or says what is no date. */
export function modifiedOf(headers: Answer['headers']): Date | null {
  const date = new Date(single(headers['last-modified']) ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? null : date
}
