import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'

/**
 * The floor of `defs report`: the least that a table of a journal takes in plain Node.js, without configuration, checks of
 * what is read, or options. Every line is found, what follows its time is parsed once for all lines that have it, columns
 * are as wide as what is told, and a line is printed for each. `node bench/floor-report.mjs state/events.jsonl > /dev/null`
 */
const file = openSync(process.argv[2], 'r')
const { size } = fstatSync(file)
const piece = 1 << 18
const room = Buffer.alloc(2 * piece)
const known = new Map()
const shared = new Map()
const told = []
let rest = 0
for (let at = 0; at < size; at += piece) {
  const read = readSync(file, room, rest, piece, at)
  const end = room.lastIndexOf(10, rest + read - 1) + 1
  const text = room.latin1Slice(0, end)
  const [times, rows] = [[], []]
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start)
    const tail = text.slice(start + 33, newline)
    let row = known.get(tail)
    if (row === undefined) {
      row = rowOf(text.slice(start, newline))
      known.set(Buffer.from(tail).toString(), row)
    }
    times.push(`${text.slice(start + 9, start + 19)} ${text.slice(start + 20, start + 25)} UTC  `)
    rows.push(row)
    start = newline + 1
  }
  told.push([times.join('\n'), rows])
  room.copyWithin(0, end, rest + read)
  rest = rest + read - end
}
closeSync(file)

function rowOf(line) {
  const { name, set, source, id, message } = JSON.parse(line)
  const key = `${name} ${set} ${source} ${id} ${message}`
  let row = shared.get(key)
  if (row === undefined) {
    row = { cells: [name, set, source, `${id}`, message], text: '' }
    shared.set(key, row)
  }
  return row
}

const widths = [0, 0, 0, 0, 0]
for (const { cells } of shared.values()) {
  for (const [index, cell] of cells.entries()) widths[index] = Math.max(widths[index], cell.length)
}
for (const row of shared.values()) {
  row.text = `${row.cells
    .map((cell, index) => cell.padEnd(widths[index]))
    .join('  ')
    .trimEnd()}\n`
}
const out = Buffer.alloc(1 << 20)
for (const [times, rows] of told) {
  const moments = times.split('\n')
  const parts = []
  for (const [index, row] of rows.entries()) parts.push(moments[index], row.text)
  writeSync(1, out, 0, out.write(parts.join('')))
}
