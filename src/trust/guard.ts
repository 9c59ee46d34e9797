import { DefsError } from '../error.ts'
import { limits } from '../limits.ts'
import { type Grade, readSetName, type SetName } from '../set-name.ts'
import { isPlainPath } from '../text/file-name.ts'
import { type IniSection, readIni } from '../text/ini.ts'

/** What a guard says a file must hash to, in lower-case hexadecimal; at least one of the two is there. */
export interface GuardEntry {
  readonly sha256: string | null
  readonly sha1: string | null
}

/** A `v.grd`, read. Nothing in it is proved until its signature is. */
export interface Guard {
  /** Keys of `[GuardHeader]` in lower case. */
  readonly header: ReadonlyMap<string, string>
  /** Every file it names, by folded name ({@link foldName}). */
  readonly files: ReadonlyMap<string, GuardEntry>
  readonly set: SetName | null
  readonly sequence: number | null
  readonly grade: Grade | null
  /** `LastModifiedUtcSeconds`; null when absent or no number. For people only. */
  readonly modified: Date | null
}

// NUL and its kin, and a CR that ends no line: what another reader of the same bytes may take for a line end.
const unreadable = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)/
const ownNames = new Set(['v.grd', 'v.sig'])

function refuse(what: string, cause?: unknown): DefsError {
  return new DefsError('TRUST_GUARD_INVALID', `v.grd ${what}`, { path: 'v.grd', cause })
}

/**
 * Reads a guard: `[GuardHeader]` and one `[File-<name>]` per file with `SHA1`, `SHA256` or both; CRLF or LF.
 * @throws TRUST_GUARD_INVALID for anything that two readers could understand differently
 */
export function readGuard(bytes: Uint8Array): Guard {
  // Rule: bounded. Stops: an endless guard.
  if (bytes.length > limits.guard) throw refuse(`is over ${limits.guard} bytes`)
  const ini = readIni(decode(bytes))
  // Rule: every line is understood. Stops: lines that mean something to another reader.
  if (ini.problems.length > 0) throw refuse(`cannot be read: ${ini.problems[0]}`)
  if (ini.sections.length > limits.entries) throw refuse('names too many files')
  let header: Map<string, string> | null = null
  const files = new Map<string, GuardEntry>()
  for (const section of ini.sections) {
    const entries = foldKeys(section)
    const file = /^File-(.+)$/i.exec(section.name)?.[1]
    if (file !== undefined) addFile(files, file, entries)
    else if (section.name.toLowerCase() !== 'guardheader')
      throw refuse(`has an unknown section [${section.name}]`)
    else if (header) throw refuse('has two headers')
    else header = entries
  }
  if (!header) throw refuse('has no [GuardHeader]')
  // Rule: a guard guards something. Stops: an empty set, validly signed, that would leave no definitions.
  if (files.size === 0) throw refuse('names no file')
  return {
    header,
    files,
    set: readSet(header.get('setname')),
    sequence: readSequence(header.get('sequence')),
    grade: readGrade(header.get('grade')),
    modified: readSeconds(header.get('lastmodifiedutcseconds')),
  }
}

function decode(bytes: Uint8Array): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw refuse('is not UTF-8 text', cause)
  }
  if (unreadable.test(text)) throw refuse('has control characters')
  return text
}

/** Rule: keys stand once, upper and lower case alike. Stops: two digests, of which each reader picks another. */
function foldKeys(section: IniSection): Map<string, string> {
  const folded = new Map<string, string>()
  for (const [key, value] of section.entries) folded.set(key.toLowerCase(), value)
  if (section.repeated.length > 0 || folded.size !== section.entries.size) {
    throw refuse(`repeats a key in [${section.name}]`)
  }
  return folded
}

function addFile(
  files: Map<string, GuardEntry>,
  written: string,
  entries: ReadonlyMap<string, string>,
): void {
  // Rule: plain relative names. Stops: a signed name that leaves the folder of the set.
  if (!isPlainPath(written)) throw refuse(`names a file that is no plain name: '${written}'`)
  const name = foldName(written)
  if (ownNames.has(name)) throw refuse(`names '${name}', which cannot guard itself`)
  // Rule: one entry a file. Stops: two digests for one name.
  if (files.has(name)) throw refuse(`names '${name}' twice`)
  const sha256 = readHex(entries.get('sha256'), 64, name)
  const sha1 = readHex(entries.get('sha1'), 40, name)
  if (sha256 === null && sha1 === null) throw refuse(`states no digest for '${name}'`)
  files.set(name, { sha256, sha1 })
}

function readHex(value: string | undefined, length: number, name: string): string | null {
  if (value === undefined) return null
  if (value.length !== length || !/^[0-9a-f]+$/i.test(value))
    throw refuse(`states a malformed digest for '${name}'`)
  return value.toLowerCase()
}

function readSet(value: string | undefined): SetName | null {
  if (value === undefined) return null
  const name = /^\d{8}\.\d{3}$/.test(value) ? readSetName(value) : undefined
  if (name === undefined) throw refuse(`has a SetName that is none: '${value}'`)
  return name
}

function readSequence(value: string | undefined): number | null {
  if (value === undefined) return null
  if (!/^\d{1,15}$/.test(value)) throw refuse(`has a Sequence that is no number: '${value}'`)
  return Number(value)
}

function readGrade(value: string | undefined): Grade | null {
  if (value === undefined) return null
  const grade = value.toLowerCase()
  if (grade !== 'certified' && grade !== 'rapid') throw refuse(`has a Grade that is none: '${value}'`)
  return grade
}

function readSeconds(value: string | undefined): Date | null {
  return value !== undefined && /^\d{1,11}$/.test(value) ? new Date(Number(value) * 1000) : null
}

/**
 * A file name as guards compare it: A to Z in lower case, nothing else changed. Full Unicode folding would let a
 * Kelvin sign stand for the letter k, and a file pass under a name that no scanner looks for.
 */
export function foldName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
