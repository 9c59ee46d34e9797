import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { known, type Served } from './answer.ts'

/** What sees the requests of a server before its router. */
export type Before = (route: RequestListener, server: Server) => RequestListener

/** Takes note of an answer that was sent: its status, and how many milliseconds it took. */
type Told = (request: IncomingMessage, status: number, took: number) => void

/**
 * Names of files as a tree has them, an ending included: none of the server's own pages has one, and whatever an address can
 * mean beside its letters is left to the router.
 */
const plainFile = /^(?:\/\w[\w.-]*)+\.\w+$/

/**
 * Most of what clients ask is whether an index is still the same. That is answered before the request is routed, by the look at
 * the file and the headers of {@link answer}: half the work. Everything else goes to the router, which looks for itself.
 * For servers where nobody has to be let in or counted first.
 */
export function knownFirst(served: Served, told: Told): Before {
  return (route, server) => (request, response) => {
    const condition = request.headers['if-none-match']
    const { url = '', method } = request
    const simple = condition !== undefined && (method === 'GET' || method === 'HEAD') && plainFile.test(url)
    // A server that is closing ends its connections, and the router says so.
    if (!simple || !server.listening) return route(request, response)
    const from = performance.now()
    void served.find(url).then((found) => {
      const headers = found && known(found, condition)
      if (!headers) return route(request, response)
      response.writeHead(304, headers).end(() => told(request, 304, performance.now() - from))
    })
  }
}
