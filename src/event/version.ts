/** A product version as three numbers; missing and unreadable parts are 0. */
function partsOf(version: string): [number, number, number] {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0)
  return [major, minor, patch]
}

/** Older (< 0), same (0) or newer (> 0), number by number. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)]
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2]
}

/** Whether a product is of the 6.0 line, which numbers three events otherwise (docs/domain.md section 7). */
export function isLine60(version: string): boolean {
  const [major, minor] = partsOf(version)
  return major === 6 && minor === 0
}

/**
 * Whether a product has the failure ladder with its events: 6.0.12 and later of 6.0, and 6.5.1 and later
 * (docs/domain.md section 7).
 */
export function mechanismExists(version: string): boolean {
  return compareVersions(version, isLine60(version) ? '6.0.12' : '6.5.1') >= 0
}
