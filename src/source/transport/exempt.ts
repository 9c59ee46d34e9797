/** Whether a host is reached without the proxy: named in full, by `.suffix`, or all by `*`. */
export function isExempt(host: string, noProxy: readonly string[]): boolean {
  const name = host.toLowerCase()
  return noProxy.some((entry) => {
    const pattern = entry.toLowerCase()
    return pattern === '*' || pattern === name || (pattern.startsWith('.') && name.endsWith(pattern))
  })
}
