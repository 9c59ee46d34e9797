const columns = [
  ['case', (row) => row.name],
  ['peer', (row) => row.peer ?? '-'],
  ['ours', (row) => amount(row.ours, row.unit)],
  ['peer', (row) => amount(row.theirs, row.unit)],
  ['ratio', (row) => number(row.ratio, 2)],
  ['bar', (row) => barOf(row.bar)],
  ['met', (row) => (isMet(row) === null ? '-' : isMet(row) ? 'yes' : 'no')],
  ['cpu ours/peer s', (row) => `${number(row.cpu, 2)} / ${number(row.peerCpu, 2)}`],
  ['peak MiB', (row) => number(row.peak, 0)],
  ['requests', (row) => number(row.requests, 0)],
  ['bytes', (row) => number(row.bytes, 0)],
  ['load', (row) => number(row.load, 1)],
]

/** The measured rows as a Markdown table; a case that was skipped or failed is a row with the reason. */
export function table(rows) {
  const lines = [columns.map(([title]) => title), columns.map(() => '---')]
  for (const row of rows) {
    const why = row.skipped ? `skipped: ${row.skipped}` : row.failed ? `failed: ${row.failed}` : null
    lines.push(
      why ? columns.map((_, index) => [row.name, why][index] ?? '') : columns.map(([, show]) => show(row)),
    )
  }
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

/** Whether a row meets its bar; null when it has none, or what it is about could not be measured. */
export function isMet({ bar, ...row }) {
  const value = bar ? row[bar.of] : null
  if (value === null || value === undefined) return null
  return value <= (bar.most ?? Number.POSITIVE_INFINITY) && value >= (bar.least ?? Number.NEGATIVE_INFINITY)
}

function barOf(bar) {
  if (!bar) return '-'
  const sign = bar.most === undefined ? '\u2265' : '\u2264'
  return `${sign} ${bar.most ?? bar.least} ${bar.unit ?? 'x'}`
}

function amount(value, unit) {
  return value === null || value === undefined
    ? '-'
    : `${value.toFixed({ s: 3, times: 1 }[unit] ?? 0)} ${unit}`
}

function number(value, digits) {
  return value === null || value === undefined ? '-' : value.toFixed(digits)
}
