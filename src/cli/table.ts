/**
 * Rows as lines with aligned columns, two spaces between them; the last column is not padded. One line at a time,
 * so that a long table is never there as text in whole.
 */
export function* tableLines(rows: readonly (readonly string[])[]): Generator<string> {
  const widths: number[] = []
  for (const row of rows) {
    for (let index = 0; index < row.length; index++) {
      widths[index] = Math.max(widths[index] ?? 0, row[index]?.length ?? 0)
    }
  }
  for (const row of rows) {
    let line = ''
    for (let index = 0; index < row.length; index++) {
      line += `${index === 0 ? '' : '  '}${row[index]?.padEnd(widths[index] ?? 0)}`
    }
    yield line.trimEnd()
  }
}
