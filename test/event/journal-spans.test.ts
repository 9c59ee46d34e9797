import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appendEvent, type JournalQuestion, learn, linesOf, piecesFromEnd } from '../../src/event/journal.ts'
import { makeEvent, readEvent } from '../../src/event/make-event.ts'
import { rotateJournal } from '../../src/event/rotate-journal.ts'
import { limits } from '../../src/limits.ts'

let folder: string
let journal: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-spans-'))
  journal = join(folder, 'events.jsonl')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const begin = Date.UTC(2026, 0, 1)
const step = 600_000
const moment = (number: number) => new Date(begin + number * step)
const spans = () => `${journal}.spans`

/** One event in ten minutes; each hundredth brought a set. */
const event = (number: number, at = number) =>
  makeEvent(
    number % 100 === 0 ? 'definitions.updated' : 'update.nothing-newer',
    { source: `source ${number}`, reason: 'x'.repeat(1800) },
    { now: moment(at), productVersion: '6.5.8' },
  )
const lines = (from: number, to: number, at = (number: number) => number) =>
  Array.from(
    { length: to - from },
    (_, index) => `${JSON.stringify(event(from + index, at(from + index)))}\n`,
  ).join('')

const question = (from: number | null, to: number | null, history = false): JournalQuestion => ({
  from: from === null ? null : moment(from),
  to: to === null ? null : moment(to),
  history,
})

/** What a question reads: the sources of the events that belong to it, and how many bytes there were to look at. */
async function ask(asked: JournalQuestion): Promise<{ sources: string[]; bytes: number }> {
  const pieces: string[][] = []
  let bytes = 0
  for await (const piece of piecesFromEnd(journal, asked)) {
    bytes += piece.length
    pieces.push(linesOf(piece).filter((line) => belongs(line, asked)))
  }
  return { sources: pieces.reverse().flat().map(sourceOf), bytes }
}

/** The same by reading everything. */
function plainly(asked: JournalQuestion): string[] {
  const parts = readdirSync(folder)
    .filter((name) => /^events\.jsonl\.\d+$/.test(name))
    .sort((a, b) => Number(a.slice(13)) - Number(b.slice(13)))
  const text = [...parts, 'events.jsonl'].map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')
  return text
    .split('\n')
    .filter((line) => belongs(line, asked))
    .map(sourceOf)
}

function belongs(line: string, { from, to, history }: JournalQuestion): boolean {
  const found = readEvent(line)
  if (found === undefined || (history && found.name !== 'definitions.updated')) return false
  const time = Date.parse(found.time)
  return (from === null || time >= from.getTime()) && (to === null || time <= to.getTime())
}
const sourceOf = (line: string) => readEvent(line)?.source ?? ''

const questions = [
  question(900, 910),
  question(0, 10),
  question(null, 20),
  question(2999, null),
  question(1500, 1700),
  question(10_000, null),
  question(null, null, true),
]

async function expectAllAnswered(): Promise<void> {
  for (const one of questions) expect((await ask(one)).sources).toEqual(plainly(one))
}

describe('a journal of which a part is asked for', () => {
  it('is read where that part lies, and nowhere else', async () => {
    writeFileSync(`${journal}.1`, lines(0, 1000))
    writeFileSync(`${journal}.2`, lines(1000, 2000))
    writeFileSync(journal, lines(2000, 3000))
    learn(journal, Number.POSITIVE_INFINITY)
    await expectAllAnswered()
    // What the live file has behind its last whole piece is always looked at.
    const most = 3 * limits.journalPiece
    for (const [from, to] of [
      [900, 910],
      [0, 10],
      [1900, 1950],
      [2999, 4000],
    ] as const) {
      expect((await ask(question(from, to))).bytes).toBeLessThanOrEqual(most)
    }
    expect((await ask(question(10_000, null))).bytes).toBeLessThan(limits.journalPiece)
    expect((await ask(question(null, null, true))).bytes).toBeLessThan(limits.journalPiece + 30 * 4000)
    expect((await ask(question(null, null))).bytes).toBeGreaterThan(6_000_000)
  })

  it('is answered alike while it is written, put aside and forgotten', async () => {
    const policy = { retention: null, maxBytes: 8 * 500_000 }
    for (let from = 0; from < 2400; from += 50) {
      // As a writer does it, but for the one write an event.
      if (existsSync(journal)) appendFileSync(journal, lines(from, from + 49))
      else writeFileSync(journal, lines(from, from + 49))
      rotateJournal(journal, policy, moment(from))
      appendEvent(journal, event(from + 49))
    }
    learn(journal, Number.POSITIVE_INFINITY)
    expect(readdirSync(folder).length).toBeGreaterThan(4)
    await expectAllAnswered()
    const newest = question(2390, null)
    expect((await ask(newest)).bytes).toBeLessThan(2 * limits.journalPiece)
  })

  it('is known of by its writers: nobody has to ask first', async () => {
    writeFileSync(journal, lines(0, 400))
    for (let number = 400; !existsSync(spans()) && number < 600; number += 1)
      appendEvent(journal, event(number))
    expect((await ask(question(10_000, null))).bytes).toBeLessThan(limits.journalPiece)
  })

  it('tells what a clock that was set back wrote, however much of it there is', async () => {
    const back = (number: number) => (number > 800 && number < 1400 ? number - 700 : number)
    writeFileSync(`${journal}.1`, lines(0, 1000, back))
    writeFileSync(journal, lines(1000, 2000, back))
    learn(journal, Number.POSITIVE_INFINITY)
    await expectAllAnswered()
    expect((await ask(question(200, 201))).sources).toHaveLength(4)
  })

  it('needs nothing that is kept beside it', async () => {
    writeFileSync(`${journal}.1`, lines(0, 1000))
    writeFileSync(journal, lines(1000, 2000))
    await expectAllAnswered()
    // Who owns the journal keeps what was found out; who does not leaves nothing behind.
    expect(existsSync(spans())).toBe(true)
    for (const damage of ['', '{', '{"schema":1}', '\0'.repeat(50), 'null', '{"schema":2,"parts":[]}']) {
      writeFileSync(spans(), damage)
      await expectAllAnswered()
    }
    rmSync(spans())
    await expectAllAnswered()
  })

  it('is read once at most, whatever somebody writes beside it', async () => {
    writeFileSync(journal, lines(0, 2000))
    learn(journal, Number.POSITIVE_INFINITY)
    const honest = JSON.parse(readFileSync(spans(), 'utf8'))
    const { size } = statSync(journal)
    const end = honest.parts[0].stretches.at(-1)[0]
    const part = honest.parts[0].stretches[0][0]
    const [first, last] = [0, 8.64e15]
    const forged = [
      [[end, first, last, ...Array<number[]>(500).fill([0, end]).flat()]],
      [[end, first, last, 0, end]],
      [
        [part, first, last, ...Array<number[]>(100).fill([0, part]).flat()],
        [end, first, last, -1],
      ],
    ]
    for (const stretches of forged) {
      writeFileSync(spans(), JSON.stringify({ ...honest, parts: [{ ...honest.parts[0], stretches }] }))
      const pieces: number[] = []
      for await (const { length } of piecesFromEnd(journal, question(null, null, true))) pieces.push(length)
      expect(pieces.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(size)
      expect(Math.max(...pieces)).toBeLessThanOrEqual(2 * limits.journalPiece)
    }
  })

  it('is read anew where others have changed it', async () => {
    writeFileSync(`${journal}.1`, lines(0, 1000))
    writeFileSync(journal, lines(1000, 2000))
    learn(journal, Number.POSITIVE_INFINITY)
    writeFileSync(
      `${journal}.1`,
      lines(0, 1000, (number) => number + 30),
    )
    await expectAllAnswered()
    writeFileSync(
      journal,
      lines(1000, 1800, (number) => number - 500),
    )
    await expectAllAnswered()
    renameSync(journal, `${journal}.2`)
    writeFileSync(journal, lines(1800, 1810))
    await expectAllAnswered()
  })

  it.each([
    ['a line that a crash tore, at the end of a part', `${lines(0, 600)}{"time":"2026-01-01T0`],
    ['lines that hold no event', `${lines(0, 300)}null\n{}\nnot json\n\n${lines(300, 600)}`],
    [
      'a time that counts and stands second',
      `${lines(0, 600)}${lines(600, 601).trim().slice(0, -1)},"time":"2026-01-11T10:01:00Z"}\n`,
    ],
    [
      'times in another zone',
      `${lines(0, 600)}${lines(600, 601).replace(/"time":"[^"]*"/, '"time":"2026-01-11T12:30:00+02:00"')}`,
    ],
    [
      'a time that is none',
      `${lines(0, 600)}${lines(600, 601).replace(/"time":"[^"]*"/, '"time":"yesterday"')}`,
    ],
    [
      'keys in another order',
      `${lines(0, 600)}{"name":"definitions.updated","id":30,"time":"2026-01-11T06:00:00Z","level":"warning","message":"m","source":"s"}\n`,
    ],
    ['letters of many bytes', lines(0, 600).replaceAll('xxxx', 'ü漢')],
    ['a line longer than a piece', `${lines(0, 300)}${'x'.repeat(900_000)}\n${lines(300, 600)}`],
  ])('answers as before with %s', async (_, text) => {
    writeFileSync(`${journal}.1`, text)
    writeFileSync(journal, lines(600, 900))
    learn(journal, Number.POSITIVE_INFINITY)
    await expectAllAnswered()
    const [from, to] = [Date.UTC(2026, 0, 11, 10), Date.UTC(2026, 0, 11, 11)].map(
      (time) => (time - begin) / step,
    )
    const narrow = question(from ?? 0, to ?? 0)
    expect((await ask(narrow)).sources).toEqual(plainly(narrow))
  })

  it('leaves nothing beside a short one', async () => {
    writeFileSync(journal, lines(0, 30))
    appendEvent(journal, event(30))
    learn(journal, Number.POSITIVE_INFINITY)
    await ask(question(10, 20))
    expect(readdirSync(folder)).toEqual(['events.jsonl'])
  })
})
