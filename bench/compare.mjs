/** What counts as scatter where a run did not tell its own: a case that was measured once. */
const unknownScatter = 0.1

/**
 * Sets the rows of a run against those of an earlier one: by the ratio to the peer, which holds from machine to machine,
 * else by what the bar is about. A case has moved when neither value lies within the scatter of the other run.
 * @returns a line of each case that both measured: `{ name, of, before, after, change, moved }`, and the names of the
 *   cases that only one of them has
 */
export function compare(before, after) {
  const earlier = new Map(measured(before).map((row) => [row.name, row]))
  const lines = []
  for (const row of measured(after)) {
    const old = earlier.get(row.name)
    const of = old && comparable(old, row)
    if (!of) continue
    const [from, to] = [old[of], row[of]]
    const moved = !within(to, spanOf(old, of)) && !within(from, spanOf(row, of))
    lines.push({ name: row.name, of, before: from, after: to, change: to / from - 1, moved })
  }
  const both = new Set(lines.map(({ name }) => name))
  const alone = [...before, ...after].map(({ name }) => name).filter((name) => !both.has(name))
  return { lines, alone: [...new Set(alone)] }
}

/** The same as text: a table, then what moved in words. */
export function comparison(before, after) {
  const { lines, alone } = compare(before, after)
  const rows = lines.map(({ name, of, before: from, after: to, change, moved }) =>
    [name, of, digits(from), digits(to), percent(change), moved ? 'moved' : ''].join(' | '),
  )
  const head = [
    'case | of | before | after | change | beyond the scatter',
    '--- | --- | --- | --- | --- | ---',
  ]
  const moved = lines.filter((line) => line.moved)
  const told = moved.map(({ name, of, change }) => `${name}: ${of} ${percent(change)}`)
  return [
    ...[...head, ...rows].map((row) => `| ${row} |`),
    '',
    told.length === 0 ? 'Nothing moved by more than the scatter.' : 'Moved by more than the scatter:',
    ...told.map((line) => `- ${line}`),
    ...(alone.length === 0 ? [] : [`Not in both runs: ${alone.join(', ')}`]),
    '',
  ].join('\n')
}

function measured(rows) {
  return rows.filter(({ skipped }) => skipped === undefined)
}

function comparable(one, other) {
  return ['ratio', one.bar?.of].find((of) => of && Number.isFinite(one[of]) && Number.isFinite(other[of]))
}

function spanOf(row, of) {
  if (of === 'ratio' && row.scatter) return row.scatter
  return [row[of] * (1 - unknownScatter), row[of] * (1 + unknownScatter)]
}

function within(value, [least, most]) {
  return value >= least && value <= most
}

function digits(value) {
  return value.toFixed(Math.abs(value) < 10 ? 2 : 0)
}

function percent(change) {
  return `${change < 0 ? '' : '+'}${Math.round(change * 100)} %`
}
