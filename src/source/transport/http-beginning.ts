import type { Beginning } from '../transport.ts'
import { bodyOf } from './http-body.ts'
import { lengthOf, mediaTypeOf, validatorOf } from './http-opening.ts'
import { type Answer, single } from './http-request.ts'
import { startOf } from './start-of.ts'

/** The beginning of a file from a 206, or from a 200 of a server that knows no ranges: the rest is not read. */
export async function readBeginning(answer: Answer, limit: number, signal: AbortSignal): Promise<Beginning> {
  const total = totalOf(answer)
  return {
    url: answer.url.href,
    bytes: await startOf(bodyOf(answer, signal), limit),
    total,
    validator: validatorOf(answer.headers, total),
    mediaType: mediaTypeOf(answer.headers),
  }
}

function totalOf({ status, headers }: Answer): number | null {
  if (status === 200) return lengthOf(headers)
  const total = /^bytes 0-\d{1,15}\/(\d{1,15})$/.exec(single(headers['content-range']) ?? '')?.[1]
  return total === undefined ? null : Number(total)
}
