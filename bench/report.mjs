const columns = [
  ['case', (row) => row.name],
  ['peer', (row) => row.peer ?? '-'],
  ['ours s', (row) => number(row.wall, 3)],
  ['peer s', (row) => number(row.peerWall, 3)],
  ['ratio', (row) => number(row.ratio, 2)],
  ['bar', (row) => (row.bar === null ? '-' : `${row.bar} ${row.unit}`)],
  ['cpu ours/peer s', (row) => `${number(row.cpu, 2)} / ${number(row.peerCpu, 2)}`],
  ['peak MiB', (row) => number(row.peak, 0)],
  ['requests', (row) => number(row.requests, 0)],
  ['bytes', (row) => number(row.bytes, 0)],
]

/** The measured rows as a Markdown table; a skipped case is a row with the reason. */
export function table(rows) {
  const lines = [columns.map(([title]) => title), columns.map(() => '---')]
  for (const row of rows) {
    lines.push(
      row.skipped === undefined
        ? columns.map(([, show]) => show(row))
        : columns.map((_, index) => [row.name, `skipped: ${row.skipped}`][index] ?? ''),
    )
  }
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

function number(value, digits) {
  return value === null || value === undefined ? '-' : value.toFixed(digits)
}
