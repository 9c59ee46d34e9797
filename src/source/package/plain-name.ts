import { limits } from '../../limits.ts'

// Printable ASCII without what separates folders, drives, streams and addresses somewhere, `%` included.
const plain = /^[!#$&'()+,\-.0-9;=@A-Z[\]^_`a-z{}~ ]+$/
const device = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/**
 * Whether a name that a stranger wrote is one plain file name on every system: no path, drive, address,
 * device, control character, hidden step upwards, or blank or dot at its end.
 */
export function isPlainName(name: string): boolean {
  return (
    plain.test(name) &&
    name.length <= limits.name &&
    !name.includes('..') &&
    !/^ |[ .]$/.test(name) &&
    !device.test(name)
  )
}
