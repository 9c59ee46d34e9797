import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appendEvent, newestFirst } from '../../src/event/journal.ts'
import { makeEvent } from '../../src/event/make-event.ts'
import { readJournal } from '../support/journal.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'defs-journal-'))
  file = join(folder, 'events.jsonl')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const begin = Date.UTC(2026, 10, 21)
/** The event of minute `number`. */
const event = (number: number, message = `event ${number} ä`) =>
  makeEvent('update.failed', { message }, { now: new Date(begin + number * 60_000), productVersion: '6.5.8' })

describe('the journal', () => {
  it('is empty when there is none', async () => {
    expect(await readJournal(file)).toEqual([])
  })

  it('reads back what was appended, one line each', async () => {
    const events = [0, 1, 2].map((number) => event(number))
    for (const one of events) appendEvent(file, one)
    expect(await readJournal(file)).toEqual(events)
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(4)
    expect(statSync(file).mode & 0o777 & ~0o640).toBe(0)
  })

  it('keeps a text with line ends on one line', async () => {
    appendEvent(file, event(0, 'a\nb\r\nc'))
    expect(await readJournal(file)).toMatchObject([{ message: 'a\nb\r\nc' }])
  })

  it('loses a torn line and nothing else', async () => {
    appendEvent(file, event(0))
    appendFileSync(file, '{"time":"2026-11-21T00')
    appendEvent(file, event(1))
    appendFileSync(file, 'not json\n[]\n{}\n\n')
    appendEvent(file, event(2))
    expect(await readJournal(file)).toEqual([event(0), event(1), event(2)])
  })

  it('gives the newest first, as many as are asked for', async () => {
    for (let number = 0; number < 20; number += 1) appendEvent(file, event(number))
    expect(await readJournal(file, 3)).toEqual([event(17), event(18), event(19)])
    expect(await readJournal(file, 0)).toEqual([])
  })

  it('puts lines together that lie across two pieces', async () => {
    const long = 'ä'.repeat(100_000)
    // Longer than what we write ourselves.
    for (let number = 0; number < 6; number += 1)
      appendFileSync(file, `${JSON.stringify({ ...event(number), message: `${long}${number}` })}\n`)
    const messages = (await readJournal(file)).map(({ message }) => message)
    expect(messages).toEqual([0, 1, 2, 3, 4, 5].map((number) => `${long}${number}`))
  })

  it('survives a file without line ends, and one of zeros', async () => {
    writeFileSync(file, Buffer.alloc(3_000_000, 'x'))
    appendEvent(file, event(1))
    expect(await readJournal(file)).toEqual([event(1)])
    writeFileSync(file, Buffer.alloc(1_000_000))
    expect(await readJournal(file)).toEqual([])
  })

  it('reads a long journal, in part and whole', async () => {
    const line = `${JSON.stringify(event(0))}\n`
    writeFileSync(file, line.repeat(100_000))
    appendEvent(file, event(5))
    const times: string[] = []
    for await (const one of newestFirst(file)) {
      times.push(one.time)
      if (times.length === 2) break
    }
    expect(times).toEqual([event(5).time, event(0).time])
    expect(await readJournal(file, 2)).toHaveLength(2)
    expect(await readJournal(file)).toHaveLength(100_001)
  })

  it('says what kept it from being written', () => {
    expect(() => appendEvent(folder, event(0))).toThrow(expect.objectContaining({ code: 'STORE_IO' }))
    expect(() => appendEvent(join(folder, 'none', 'x'), event(0))).toThrow(
      expect.objectContaining({ code: 'STORE_IO' }),
    )
  })
})
