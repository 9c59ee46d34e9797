import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appendEvent, newestFirst } from '../../src/event/journal.ts'
import { rotateJournal } from '../../src/event/rotate-journal.ts'
import { readJournal } from '../support/journal.ts'
import { begin, eventAt, type Folder, makeFolder } from './sink/world.ts'

const day = 86_400_000
let folder: Folder
let file: string
beforeEach(() => {
  folder = makeFolder()
  file = join(folder.path, 'events.jsonl')
})
afterEach(() => folder.remove())

const at = (milliseconds: number) => new Date(begin + milliseconds)
const forever = { retention: null, maxBytes: 8000 }
const parts = () => readdirSync(folder.path).sort()
const times = async () => (await readJournal(file)).map(({ time }) => (Date.parse(time) - begin) / 1000)

/** Writes events of seconds `from` up to `to`, rotating before each as a run does. */
function write(from: number, to: number, policy = forever): void {
  for (let second = from; second < to; second += 1) {
    rotateJournal(file, policy, at(second * 1000))
    appendEvent(file, eventAt(second))
  }
}

describe('a journal that is rotated', () => {
  it('is read as one', async () => {
    write(0, 20)
    expect(parts().length).toBeGreaterThan(2)
    expect(await times()).toEqual(Array.from({ length: 20 }, (_, second) => second))
    expect((await readJournal(file, 9)).map(({ time }) => time)[0]).toBe(eventAt(11).time)
  })

  it('takes no more room than it may, and loses the oldest only', async () => {
    write(0, 200)
    const sizes = parts().map((name) => statSync(join(folder.path, name)).size)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(8000 + 400)
    const left = await times()
    expect(left.at(-1)).toBe(199)
    expect(left.length).toBeGreaterThan(15)
    expect(left).toEqual(left.map((_, index) => 200 - left.length + index))
  })

  it('neither hides nor doubles an event when it is rotated while it is read', async () => {
    write(0, 10)
    const reading = newestFirst(file)
    const first = await reading.next()
    write(10, 13)
    const rest: number[] = []
    for await (const { time } of reading) rest.push((Date.parse(time) - begin) / 1000)
    expect(first.value?.time).toBe(eventAt(9).time)
    expect(rest).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0])
  })

  it('forgets what is older than asked for, and nothing younger', async () => {
    const policy = { retention: 8 * day, maxBytes: 1 << 20 }
    for (let number = 0; number < 40; number += 1) {
      const now = at(number * day)
      rotateJournal(file, policy, now)
      appendEvent(file, eventAt((number * day) / 1000))
      // The files are as old as the story has it.
      utimesSync(file, now, now)
    }
    const days = (await times()).map((seconds) => (seconds * 1000) / day)
    expect(days.at(-1)).toBe(39)
    expect(days[0]).toBeLessThanOrEqual(31)
    expect(days[0]).toBeGreaterThanOrEqual(39 - 10)
  })

  it('keeps everything when it is never to forget', () => {
    const policy = { retention: null, maxBytes: 1 << 20 }
    write(0, 3, policy)
    rotateJournal(file, policy, at(4000 * day))
    expect(parts()).toEqual(['events.jsonl'])
  })

  it('does not write over a part that somebody else put aside, and never throws', () => {
    write(0, 5, { retention: null, maxBytes: 1 << 20 })
    writeFileSync(`${file}.7`, 'theirs')
    rotateJournal(file, { retention: null, maxBytes: 8 }, at(0))
    expect(parts()).not.toContain('events.jsonl')
    rotateJournal(join(folder.path, 'none', 'x'), forever, at(0))
    write(5, 8)
    expect(parts()).toContain('events.jsonl')
  })
})
