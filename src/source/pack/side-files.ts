import { DefsError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { isHtmlAnswer } from '../host/is-html.ts'
import type { RulesOffer } from '../source.ts'
import type { Transport } from '../transport.ts'

/** Reads the small files beside a pack, each of them once. */
export function sideFilesOf(host: Transport, pack: string): RulesOffer['beside'] {
  const seen = new Map<string, Uint8Array | null>()
  return async (suffix, signal) => {
    const known = seen.get(suffix)
    if (known !== undefined) return known
    const file = await host.read(`${pack}${suffix}`, limits.sideFile, signal)
    if (file && isHtmlAnswer(file.bytes, file.mediaType)) {
      const text = `${file.url} is a page for people where a signature or digest should be`
      throw new DefsError('INDEX_HTML', text, { path: file.url })
    }
    seen.set(suffix, file?.bytes ?? null)
    return file?.bytes ?? null
  }
}

/** The digest that a side file states: alone, or in the way of `md5sum` and `sha256sum`. @throws INDEX_INVALID */
export function readStatedDigest(bytes: Uint8Array, digits: 32 | 64, name: string): string {
  const [line = '', ...others] = Buffer.from(bytes).toString('latin1').trim().split(/\r?\n/)
  const hex = /^([0-9a-f]+)(?:\s+\S.*)?$/i.exec(line)?.[1] ?? ''
  if (hex.length === digits && others.length === 0) return hex.toLowerCase()
  throw new DefsError('INDEX_INVALID', `${name} does not state one digest of ${digits} digits`, {
    path: name,
  })
}
