/**
 * Under which name known products report events, by their code in `usage.dat` (docs/domain.md section 7): monitoring
 * that knows the product then finds the events of `defs` where it looks for them.
 */
const sourceNames: Readonly<Record<string, string>> = {
  SMSMSE: 'Symantec Mail Security for Microsoft Exchange',
  SAVSMTP: 'Symantec AntiVirus for SMTP Gateways',
}

/** The name of the event source when nobody says one: that of a known product; else null. */
export function sourceNameOf(product: string): string | null {
  return sourceNames[product.toUpperCase()] ?? null
}
