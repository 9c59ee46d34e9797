import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'
import type { ConsoleSettings } from '../facts.ts'
import { isUserName } from './name.ts'
import { type Role, roles } from './role.ts'
import type { User, Users } from './users.ts'

/** Whom a reverse proxy says a request comes from. */
export interface Vouched {
  readonly name: string
  /** Null for somebody who has no role here, or a name that is none. */
  readonly user: User | null
}

/** What of a request tells who sent it. */
export interface Sent {
  readonly headers: IncomingHttpHeaders
  readonly socket: { readonly remoteAddress?: string | undefined }
}

/** Reads from a request whom the proxy vouches for; null when no proxy of ours says anything. */
export type VouchedIn = (request: Sent) => Vouched | null

type Trust = Pick<
  ConsoleSettings,
  'trustHeader' | 'trustFrom' | 'trustGroups' | 'trustViewers' | 'trustOperators' | 'trustApprovers'
>

/** Stands for everybody the proxy lets in, among the groups of a role. */
const everybody = '*'

/**
 * Believes the header of a reverse proxy. Rule: only the header that is configured, only from the addresses that are
 * trusted, and only names that have a role: the one in the file of users, else the greatest of their groups. Stops:
 * whoever reaches the console past the proxy and sends that header.
 */
export function openTrust(trust: Trust, users: Users): VouchedIn {
  const { trustHeader, trustGroups } = trust
  if (trustHeader === null) return () => null
  const isTrusted = trustedAddresses(trust.trustFrom)
  return ({ headers, socket }) => {
    // Sent twice it is joined by commas, and no name of anybody.
    const name = headers[trustHeader.toLowerCase()]
    if (typeof name !== 'string' || name.trim() === '' || !isTrusted(socket.remoteAddress)) return null
    return { name: name.trim(), user: userOf(name.trim(), groupsIn(headers, trustGroups)) }
  }

  function userOf(name: string, groups: readonly string[]): User | null {
    if (!isUserName(name)) return null
    const role = users.find(name)?.role ?? roleOf(groups)
    // No password: this one can only come by the proxy.
    return role === null ? null : { user: name, role, password: 'proxy' }
  }

  function roleOf(groups: readonly string[]): Role | null {
    const of: Readonly<Record<Role, readonly string[]>> = {
      viewer: trust.trustViewers,
      operator: trust.trustOperators,
      approver: trust.trustApprovers,
    }
    const has = (role: Role) => of[role].some((group) => group === everybody || groups.includes(group))
    return roles.toReversed().find(has) ?? null
  }
}

/** The groups a proxy names: proxies write commas, semicolons or bars between them. */
function groupsIn(headers: IncomingHttpHeaders, header: string | null): string[] {
  const text = header === null ? undefined : headers[header.toLowerCase()]
  return typeof text === 'string' ? text.split(/[,;|]/).map((group) => group.trim()) : []
}

/** Whether an address is among addresses and networks as `10.0.0.0/24`. */
function trustedAddresses(from: readonly string[]): (address: string | undefined) => boolean {
  const trusted = new BlockList()
  for (const text of from) {
    const [address = '', length] = text.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (length === undefined) trusted.addAddress(address, family)
    else trusted.addSubnet(address, Number(length), family)
  }
  return (address) => {
    const plain = (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '')
    return isIP(plain) !== 0 && trusted.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')
  }
}
