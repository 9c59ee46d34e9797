/** One line of a hash list. */
export interface HashEntry {
  /** MD5 in lower-case hexadecimal. */
  readonly md5: string
  /** Folders and file name, lower-case. */
  readonly path: readonly string[]
}

const line = /^([0-9a-f]{32})\s+\*?(.+)$/i

/**
 * Reads `md5-hash.txt`: `<md5>  <path>` a line, any blanks between, the path perhaps after a `*`
 * (domain.md section 3). Other lines are comments. Never throws.
 */
export function readHashList(text: string): readonly HashEntry[] {
  return text.split(/\r?\n/).flatMap((raw) => {
    const [, md5, path] = line.exec(raw.trim()) ?? []
    return md5 && path ? [{ md5: md5.toLowerCase(), path: componentsOf(path) }] : []
  })
}

/**
 * The MD5 that a list states for a file: the entry whose path ends in as much of ours as possible, at least in
 * `least` components. Null when there is none, or when two that fit equally well disagree.
 */
export function findMd5(entries: readonly HashEntry[], path: string, least = 1): string | null {
  const wanted = componentsOf(path)
  let best = { common: least - 1, md5: null as string | null }
  for (const entry of entries) {
    if (otherSequence(entry.path, wanted)) continue
    const common = commonEnd(entry.path, wanted)
    if (common > best.common) best = { common, md5: entry.md5 }
    else if (common === best.common && common >= least && entry.md5 !== best.md5) best = { common, md5: null }
  }
  return best.md5
}

// `sequence/<number>/` folders hold one name each; an entry for another number is another file.
function otherSequence(listed: readonly string[], wanted: readonly string[]): boolean {
  const number = listed.at(-2)
  return number !== undefined && /^\d+$/.test(number) && number !== wanted.at(-2)
}

function componentsOf(path: string): readonly string[] {
  return path
    .toLowerCase()
    .split(/[/\\]/)
    .filter((part) => part !== '' && part !== '.')
}

function commonEnd(a: readonly string[], b: readonly string[]): number {
  let common = 0
  while (common < a.length && common < b.length && a.at(-1 - common) === b.at(-1 - common)) common += 1
  return common
}
