/** The engine that a file of rules is for, by its name; null for any other file. */
export function engineOf(name: string): 'suricata' | 'yara' | null {
  if (/\.yara?$/i.test(name)) return 'yara'
  return /\.rules$/i.test(name) ? 'suricata' : null
}
