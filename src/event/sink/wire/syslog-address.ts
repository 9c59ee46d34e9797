/** Where syslog listens. */
export type SyslogAddress =
  | { readonly protocol: 'udp' | 'tcp' | 'tls'; readonly host: string; readonly port: number }
  | { readonly protocol: 'unix'; readonly path: string }

// RFC 5426, RFC 6587 by habit, RFC 5425.
const ports = { udp: 514, tcp: 514, tls: 6514 } as const

/** Reads `udp://host:port`, `tcp://`, `tls://` or `unix:/path`; returns what is wrong as text. */
export function readSyslogAddress(text: string): SyslogAddress | string {
  const unix = /^unix:(?:\/\/)?(\/.+)$/.exec(text)?.[1]
  if (unix !== undefined) return { protocol: 'unix', path: unix }
  const match = /^(udp|tcp|tls):\/\/(\[[0-9a-f:.]+\]|[^/:\s@[\]]+)(?::(\d{1,5}))?\/?$/i.exec(text)
  if (!match) return 'is no address: write udp://host:port, tcp://host:port, tls://host:port or unix:/path'
  const protocol = match[1]?.toLowerCase() as keyof typeof ports
  const host = (match[2] ?? '').replace(/^\[|\]$/g, '')
  const port = match[3] === undefined ? ports[protocol] : Number(match[3])
  if (port < 1 || port > 65_535) return 'has no port between 1 and 65535'
  return { protocol, host, port }
}

/** The address as it is written. */
export function writeSyslogAddress(address: SyslogAddress): string {
  if (address.protocol === 'unix') return `unix:${address.path}`
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${address.protocol}://${host}:${address.port}`
}
