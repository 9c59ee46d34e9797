import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { DefsError, describeError } from '../error.ts'
import { limits } from '../limits.ts'
import { type LicenceState, stateOf, unlicensed } from './state.ts'

/** The `licence` part of the configuration. */
export interface LicenceSettings {
  readonly file: string | null
  readonly required: boolean
  readonly product: string | null
}

/**
 * Reads the configured licence file and judges it. Never throws: a file that is missing, unreadable or no
 * licence gives a state with its reason.
 */
export async function lookUpLicence(settings: LicenceSettings, now: Date): Promise<LicenceState> {
  const { file, required, product } = settings
  if (file === null) return unlicensed('no licence.file is configured', required)
  try {
    // What reads XML is loaded by those who have a licence.
    const { readLicences } = await import('./licence.ts')
    return stateOf(readLicences(decode(await readBounded(file))), { product, required, now })
  } catch (error) {
    return unlicensed(`${file}: ${describeError(error)}`, required)
  }
}

async function readBounded(path: string): Promise<Buffer> {
  // A pipe would keep us waiting for a writer, at the opening already; a device may never end.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const about = await file.stat()
    if (!about.isFile()) throw new DefsError('LICENCE_MISSING', 'is no regular file')
    const buffer = Buffer.alloc(limits.licence + 1)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    if (bytesRead > limits.licence) {
      throw new DefsError('LICENCE_MISSING', `is larger than ${limits.licence} bytes`)
    }
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** UTF-16 by its byte order mark, else the encoding that the XML declaration names, else UTF-8. */
function decode(bytes: Buffer): string {
  const declared = /^\s*<\?xml[^>]{0,100}\bencoding\s*=\s*["']([\w.-]{1,40})["']/.exec(
    bytes.toString('latin1', 0, 200),
  )
  const marks = [
    [0xff, 0xfe, 'utf-16le'],
    [0xfe, 0xff, 'utf-16be'],
    [0xef, 0xbb, 'utf-8'],
  ] as const
  const marked = marks.find(([first, second]) => bytes[0] === first && bytes[1] === second)
  return new TextDecoder(marked?.[2] ?? declared?.[1] ?? 'utf-8', { fatal: true }).decode(bytes)
}
