/** One `[section]` of an INI text. */
export interface IniSection {
  readonly name: string
  /** Keys as written. A key that stands twice keeps its first value and is listed in `repeated`. */
  readonly entries: ReadonlyMap<string, string>
  readonly repeated: readonly string[]
  /** Line of the section's header, from 1. */
  readonly line: number
}

/** What {@link readIni} found; `problems` tells of lines that are neither section, entry, comment nor blank. */
export interface Ini {
  readonly sections: readonly IniSection[]
  readonly problems: readonly string[]
}

/**
 * Reads the INI dialect of the family (guards, indexes, `definfo.dat`, `usage.dat`): `[section]`, `key=value`,
 * lines ended by CRLF or LF, comments after `;` or `#` at the start of a line. Never throws: the caller
 * decides what a problem or a repetition means for its format. A byte order mark at the start is passed over.
 */
export function readIni(text: string): Ini {
  const sections: { name: string; entries: Map<string, string>; repeated: string[]; line: number }[] = []
  const problems: string[] = []
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith(';') || line.startsWith('#')) continue
    const header = /^\[(.*)\]$/.exec(line)
    if (header) {
      sections.push({ name: header[1] ?? '', entries: new Map(), repeated: [], line: index + 1 })
      continue
    }
    const equals = line.indexOf('=')
    const section = sections.at(-1)
    if (equals <= 0 || !section) {
      problems.push(`line ${index + 1} is no section and no key=value`)
      continue
    }
    const key = line.slice(0, equals).trimEnd()
    if (section.entries.has(key)) section.repeated.push(key)
    else section.entries.set(key, line.slice(equals + 1).trimStart())
  }
  return { sections, problems }
}

/** Writes INI text with CRLF line ends, as the family's own readers expect. */
export function writeIni(sections: Iterable<readonly [string, Iterable<readonly [string, string]>]>): string {
  let text = ''
  for (const [name, entries] of sections) {
    text += `[${name}]\r\n`
    for (const [key, value] of entries) text += `${key}=${value}\r\n`
  }
  return text
}
