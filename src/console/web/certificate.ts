import { X509Certificate } from 'node:crypto'
import type { Server } from 'node:https'
import { createSecureContext } from 'node:tls'
import { readNamed } from '../../disk/foreign-file.ts'
import { DefsError, describeError } from '../../error.ts'
import { limits } from '../../limits.ts'
import { bounds } from '../bounds.ts'
import type { ConsoleParts } from '../facts.ts'

/** PEM files that belong together, by their paths. */
export interface PairFiles {
  readonly certificate: string
  readonly key: string
}

/** A certificate chain with its key, as TLS takes them. */
interface Pair {
  readonly cert: Buffer
  readonly key: Buffer
}

/** The oldest version that is spoken. */
const minVersion = 'TLSv1.2'

/** Reads both and sees to it that TLS takes them. @throws CONFIG_INVALID */
export async function readPair({ certificate, key }: PairFiles): Promise<Pair> {
  const read = async (path: string) => {
    try {
      return await readNamed(path, limits.trustFile)
    } catch (cause) {
      throw new DefsError('CONFIG_INVALID', `cannot read ${path}`, { path, cause })
    }
  }
  const pair = { cert: await read(certificate), key: await read(key) }
  try {
    createSecureContext({ ...pair, minVersion })
  } catch (cause) {
    const text = `${certificate} and ${key} do not make a certificate with its key`
    throw new DefsError('CONFIG_INVALID', text, { path: certificate, cause })
  }
  return pair
}

/** What a server of HTTPS is made with. */
export const tlsOptions = (pair: Pair) => ({ ...pair, minVersion }) as const

/**
 * Takes a renewed pair up without a restart. Whoever renews writes two files: what does not fit together is looked at
 * once more before it is told of, and the old pair stays in use, as it does for a new one that has expired.
 * @param servers all that are to have it
 * @param first the pair in use
 * @returns ends the watch
 */
export function watchPair(
  servers: readonly Server[],
  files: PairFiles,
  first: Pair,
  { tell, now }: Pick<ConsoleParts, 'tell' | 'now'>,
): () => void {
  let used = first
  let suspect = ''
  let told = ''
  let looking = false

  async function look(): Promise<void> {
    try {
      const found = await readPair(files)
      if (found.cert.equals(used.cert) && found.key.equals(used.key)) {
        suspect = told = ''
        return
      }
      const ends = endOf(found)
      if (ends < now())
        throw new DefsError('CONFIG_INVALID', `${files.certificate} expired at ${ends.toISOString()}`)
      for (const server of servers) server.setSecureContext(tlsOptions(found))
      used = found
      suspect = told = ''
      tell('console.certificate', { path: files.certificate, reason: `valid until ${ends.toISOString()}` })
    } catch (error) {
      refuse(whyOf(error))
    }
  }

  function refuse(reason: string): void {
    if (reason === suspect && reason !== told) {
      told = reason
      tell('console.certificate-refused', { path: files.certificate, reason })
    }
    suspect = reason
  }

  const clock = setInterval(() => {
    if (looking) return
    looking = true
    void look().finally(() => {
      looking = false
    })
  }, bounds.certificateLook)
  clock.unref()
  return () => clearInterval(clock)
}

function whyOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? `: ${describeError(error.cause)}` : ''
  return `${describeError(error)}${cause}`
}

/** When the certificate at the head of a chain ends. */
function endOf({ cert }: Pair): Date {
  return new Date(new X509Certificate(cert).validTo)
}
