import type { Config, ScannerConfig } from '../config/config.ts'
import { compareVersions } from '../event/version.ts'

/** From this product version on the scanner reads the Hawking structure itself (docs/domain.md section 1.5). */
const directFrom = '6.5.7'

/**
 * The scanner that is worked with: a CSAPI copy only up to product version 6.5.6. Later the copy is neither
 * updated nor removed, its files must stay where they are, and what is current is in use at once.
 */
export function scannerInForce({ scanner, product }: Pick<Config, 'scanner' | 'product'>): ScannerConfig {
  const superseded = scanner.kind === 'csapi' && compareVersions(product.version, directFrom) >= 0
  return superseded ? { kind: 'direct' } : scanner
}
