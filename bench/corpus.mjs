import { createCipheriv } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const recordBytes = 64
const hexBytes = 40
const noiseBytes = 12
const hex = Buffer.from('0123456789abcdef')
const blockBytes = 1 << 20

/** Parts of a set by share of its bytes: a few large tables and many small files, as definition sets have them. */
const usualShares = [18, 12, 12, 11, 9, 8, 7, 6, 5, 4, 3, 2, 1.5, 0.8, 0.4, 0.2, 0.1]
const words = [
  'Trojan.Gen',
  'W32.Spybot',
  'Backdoor.Graybird',
  'Downloader',
  'Infostealer',
  'Adware.Lop',
  'VBS.Redlof',
]

/**
 * Writes a set of files that is the same on every machine: records of hexadecimal text (signatures), noise
 * (digests) and words (names), which a zip brings to about half, and which take as long to inflate as real ones.
 * @param bytes of all files together, about
 * @param files so many of the same size; null for shares as definition sets have them
 * @returns the names of the files
 */
export function writeCorpus(folder, bytes, seed, files = null) {
  mkdirSync(folder, { recursive: true })
  const shares = files === null ? usualShares : Array(files).fill(1)
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16))
  const total = shares.reduce((sum, share) => sum + share, 0)
  return shares.map((share, index) => {
    const name = `VIRSCAN${index + 1}.DAT`
    writeTable(join(folder, name), Math.ceil((bytes * share) / total), noise)
    return name
  })
}

function writeTable(path, bytes, noise) {
  const file = openSync(path, 'w')
  const zeros = Buffer.alloc(Math.min(blockBytes, Math.ceil(bytes / recordBytes) * recordBytes))
  const text = Buffer.from(words.map((word) => word.padEnd(recordBytes, '\0')).join(''))
  for (let written = 0; written < bytes; written += zeros.length) {
    const block = noise.update(zeros)
    for (let at = 0; at < zeros.length; at += recordBytes) {
      const from = (block[at] % words.length) * recordBytes
      for (let index = at; index < at + hexBytes; index++) block[index] = hex[block[index] & 15]
      text.copy(block, at + hexBytes + noiseBytes, from, from + recordBytes - hexBytes - noiseBytes)
    }
    writeSync(file, block, 0, Math.min(zeros.length, bytes - written))
  }
  closeSync(file)
}

const usualGrain = 4096
/** The smallest files change every few days only: of many of them one in so many. */
const steadyBelow = 1 << 20
const seldom = 50

/**
 * Writes the next day's files: in the larger ones 1.5 % of the bytes are new, at places spread over the file; half of
 * them stand where others stood, half move what follows. The small ones are copied.
 */
export function writeNextDay(from, to, names, seed) {
  mkdirSync(to, { recursive: true })
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16))
  for (const [index, name] of names.entries()) {
    const bytes = readFileSync(join(from, name))
    const changes = bytes.length >= steadyBelow || (index % seldom === 0 && names.length > seldom)
    if (!changes) writeFileSync(join(to, name), bytes)
    else writeChanged(join(to, name), bytes, noise)
  }
}

function writeChanged(path, bytes, noise) {
  const file = openSync(path, 'w')
  const grain = Math.min(usualGrain, bytes.length >> 2)
  const places = Math.ceil((bytes.length * 0.015) / grain)
  const step = Math.floor(bytes.length / places)
  for (let place = 0; place < places; place++) {
    const at = place * step
    const end = place === places - 1 ? bytes.length : at + step
    const fresh = noise.update(Buffer.alloc(grain))
    for (let index = 0; index < grain; index++)
      if (index % recordBytes < hexBytes) fresh[index] = hex[fresh[index] & 15]
    writeSync(file, fresh)
    writeSync(file, bytes, at + (place % 2 === 0 ? grain : 0), end - at - (place % 2 === 0 ? grain : 0))
  }
  closeSync(file)
}
