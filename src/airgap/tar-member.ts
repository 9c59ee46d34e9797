import { DefsError } from '../error.ts'

/** Headers and the padding of members come in blocks of so many bytes. */
const blockBytes = 512
// Eleven octal digits.
const mostBytes = 8 ** 11 - 1

/** The end marker of a tar file. */
export const tarEnd: Buffer = Buffer.alloc(2 * blockBytes)

/** What stands before the content of a regular file: a ustar header, a pax one before it where the name needs it. */
export function tarHeader(name: string, bytes: number, at: Date): Buffer {
  if (bytes > mostBytes) throw new DefsError('STORE_IO', `${name} is too large for a bundle`, { path: name })
  if (/^[\x20-\x7e]{1,100}$/.test(name)) return header(name, bytes, at, '0')
  const path = paxRecord('path', name)
  const described = Buffer.concat([header('pax', path.length, at, 'x'), path, tarPadding(path.length)])
  return Buffer.concat([described, header('long-name', bytes, at, '0')])
}

/** The zeros that fill a member up to whole blocks. */
export function tarPadding(bytes: number): Buffer {
  return Buffer.alloc((blockBytes - (bytes % blockBytes)) % blockBytes)
}

// The length of a pax record counts its own digits.
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`)
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length += 1
  return Buffer.concat([Buffer.from(String(length)), rest])
}

// POSIX.1-1988 ustar. Owner and modes are the same on every machine, so that equal sets make equal bundles.
function header(name: string, bytes: number, at: Date, type: '0' | 'x'): Buffer {
  const block = Buffer.alloc(blockBytes)
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  block.write(name, 0, 'latin1')
  block.write(octal(0o644, 7) + octal(0, 7) + octal(0, 7), 100, 'latin1')
  block.write(octal(bytes, 11) + octal(Math.floor(at.getTime() / 1000), 11), 124, 'latin1')
  block.write(' '.repeat(8) + type, 148, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 6)} `, 148, 'latin1')
  return block
}
