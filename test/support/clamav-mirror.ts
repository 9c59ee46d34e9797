import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeAuthority } from './authority.ts'
import { makeSign } from './clamav-database.ts'
import { clamavVectors } from './clamd.ts'
import { type HttpServer, startHttpServer } from './http-server.ts'

/** A genuine file of the vendor's test lineage. */
export const vector = (name: string): Buffer => readFileSync(join(clamavVectors ?? '', name))

/** The vendor's test lineage, each `.sign` made here. */
export interface SignedAnew {
  /** The root that the signatures lead to: a PEM file. */
  readonly rootPath: string
  readonly file: typeof vector
}

/**
 * Signs the vendor's test lineage anew, with a root in `directory`: the genuine one ends on 2027-03-26, so it is
 * for tests that set the clock. The databases stay as they are, and ClamAV's own programs load them.
 */
export function signAnew(directory: string): SignedAnew {
  const authority = makeAuthority(directory)
  const made = new Map<string, Buffer>()
  const file = (name: string): Buffer => {
    if (!name.endsWith('.sign')) return vector(name)
    const sign = made.get(name) ?? makeSign(vector(name.slice(0, -'.sign'.length)), authority)
    made.set(name, sign)
    return sign
  }
  return { rootPath: authority.rootPath, file }
}

/** A mirror of the test lineage that tells a client one version and may serve another, as a stale cache does. */
export interface ClamavMirror {
  readonly http: HttpServer
  readonly url: string
  readonly files: Map<string, Uint8Array>
  /** What clients asked for since the last call, in order. */
  asked(): string[]
  /**
   * Publishes a version: `advertised` in answers to ranges, `served` whole; the patches up to it and all `.sign`
   * files lie beside it.
   */
  publish(advertised: number, served?: number): void
}

export async function startClamavMirror(file: typeof vector = vector): Promise<ClamavMirror> {
  const files = new Map<string, Uint8Array>()
  const http = await startHttpServer({ files })
  let advertised: Buffer | null = null
  // As freshclam's own tests have it: a request for a range gets the advertised file, any other the served one.
  http.faults.set('/test.cvd', (request, response) => {
    const [, last] = /^bytes=0-(\d+)$/.exec(request.headers.range ?? '') ?? []
    const bytes = advertised
    if (last === undefined || bytes === null) return false
    const part = bytes.subarray(0, Number(last) + 1)
    response.writeHead(206, {
      'content-range': `bytes 0-${part.length - 1}/${bytes.length}`,
      'content-length': part.length,
    })
    response.end(part)
    return true
  })
  return {
    http,
    url: http.url,
    files,
    asked: () => http.requests.splice(0).map(({ url }) => decodeURIComponent(url.slice(1))),
    publish(version, served = version) {
      files.clear()
      advertised = file(`test-${version}.cvd`)
      files.set('test.cvd', file(`test-${served}.cvd`))
      for (let one = 1; one <= version; one++) {
        files.set(`test-${one}.cvd.sign`, file(`test-${one}.cvd.sign`))
        if (one === 1) continue
        for (const name of [`test-${one}.cdiff`, `test-${one}.cdiff.sign`]) files.set(name, file(name))
      }
    },
  }
}
