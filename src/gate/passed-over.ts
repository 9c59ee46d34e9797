/**
 * What clamscan 0.103 to 1.4 say of a file, or of rules in it, that they pass over while they go on: their status does not
 * tell. Of two YARA rules of one name the second costs all behind it in its file, which are counted as loaded.
 */
const patterns: readonly RegExp[] = [
  /failed to (parse|load)\b/i,
  /successfully loaded 0 rules/i,
  /yara.*(error|duplicate|undefined)/i,
  /only loading signed bytecode/i,
  /unknown extension/i,
  /malformed/i,
  /can't load/i,
  /problem parsing/i,
]

/** The lines of the engine's output that tell of something it did not load, each once. */
export function passedOverIn(output: string): string[] {
  const lines = output.split(/\r?\n/).filter((line) => /^(LibClamAV|ERROR|WARNING)/i.test(line))
  return [...new Set(lines.filter((line) => patterns.some((pattern) => pattern.test(line))))]
}
