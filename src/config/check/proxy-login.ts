import { isIP, isIPv6 } from 'node:net'
import type { MainSettings } from '../options/main.ts'

/** A header name (RFC 9110), without the underscore that proxies and programs read in different ways. */
const headerName = /^[A-Za-z0-9!#$%&'*+.^`|~-]{1,64}$/

// What says other things already, or is written by the client or by HTTP itself.
const taken = ['authorization', 'connection', 'cookie', 'host', 'origin', 'referer', 'x-defs-token']

/**
 * Checks the keys by which a reverse proxy logs people in to the console.
 * @param complain takes a problem with one key of `console`
 */
export function checkProxyLogin(main: MainSettings, complain: (key: string, message: string) => void): void {
  for (const key of ['trustHeader', 'trustGroups'] as const) {
    const name = main[`console.${key}`]
    if (name === null) continue
    if (!headerName.test(name) || taken.includes(name.toLowerCase()))
      complain(key, 'must be the name of a header that only the proxy sets, as X-Remote-User')
  }
  for (const text of main['console.trustFrom'])
    if (!isNetwork(text)) complain('trustFrom', `'${text}' is no address, nor a network as 10.0.0.0/24`)
  const groups = [
    ...main['console.trustViewers'],
    ...main['console.trustOperators'],
    ...main['console.trustApprovers'],
  ]
  if (main['console.trustHeader'] !== null) {
    if (main['console.trustFrom'].length === 0) complain('trustFrom', 'is empty: nobody would be believed')
    if (main['console.trustGroups'] === null && groups.some((group) => group !== '*'))
      complain('trustGroups', 'is missing: the roles of groups need the header that names them')
  } else if (main['console.trustGroups'] !== null || groups.length > 0) {
    complain('trustHeader', 'is missing: without it no header is believed')
  }
}

function isNetwork(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/')
  if (isIP(address) === 0 || address.includes('%') || rest.length > 0) return false
  if (length === undefined) return true
  // 0 would be everybody: written by somebody who means another thing.
  return /^\d{1,3}$/.test(length) && Number(length) > 0 && Number(length) <= (isIPv6(address) ? 128 : 32)
}
