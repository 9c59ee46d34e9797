import { limits } from '../limits.ts'

// Names that Windows gives to devices, whatever extension follows (CON.txt is the console).
const device = /^(?:con|prn|aux|nul|clock\$|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])$/i
// C0, C1, and format characters: they forge what an admin reads (right-to-left marks) or end a string early.
const control = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

/** What keeps a text from being the name of one file on every system. */
export type NameFault = 'control' | 'escapes' | 'device' | 'invalid'

/**
 * What keeps one part of a path, which a stranger wrote, from being the name of one file on every system; null when
 * nothing does. The one place that says so: archives, guards, indexes and listings of folders ask here.
 *
 * - `control`: terminal and log forgery; NUL ends a C string early, so two programs see two names.
 * - `escapes`: `..`. Windows drops trailing dots and blanks, so `.. ` climbs as well.
 * - `device`: a device of Windows, whatever follows its name.
 * - `invalid`: nothing, `.`, a separator, a blank at an end, a dot at the end (dropped by Windows), its wildcards,
 *   drives and streams, bytes that are no text.
 */
export function nameFault(name: string): NameFault | null {
  if (control.test(name)) return 'control'
  if (/^\.\.[. ]*$/.test(name)) return 'escapes'
  if (device.test(name.replace(/[.:].*$/s, '').trimEnd())) return 'device'
  const odd = name === '' || name.endsWith('.') || name.trim() !== name
  return odd || /[/\\<>:"|?*\ufffd\p{Cs}]/u.test(name) ? 'invalid' : null
}

/** Whether a name that a stranger wrote is one plain file name on every system, at most `limits.name` bytes long. */
export function isPlainName(name: string): boolean {
  return nameFault(name) === null && Buffer.byteLength(name) <= limits.name
}

/** The same for a relative path, `/` between its parts, at most `limits.depth` folders deep. */
export function isPlainPath(path: string): boolean {
  const parts = path.split('/')
  const fits = Buffer.byteLength(path) <= limits.name && parts.length <= limits.depth + 1
  return fits && parts.every((part) => nameFault(part) === null)
}

/**
 * Whether a plain name also means the same wherever it stands in an address: printable ASCII without `%`, and no two
 * dots together, which servers and proxies may take for a way up.
 */
export function isAddressName(name: string): boolean {
  return isPlainName(name) && /^[ -$&-~]*$/.test(name) && !name.includes('..')
}
