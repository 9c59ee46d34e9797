import { EventEmitter } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openPlaces } from '../../src/console/live/journal-places.ts'
import { newestOfAll } from '../../src/console/live/journal-reader.ts'
import { openStream } from '../../src/console/live/stream.ts'
import { testConsole } from '../support/console.ts'

let work: string
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'defs-console-families-'))
})
afterEach(() => rmSync(work, { recursive: true, force: true }))

const line = (minute: number, message: string) =>
  `${JSON.stringify({ time: `2026-11-28T13:0${minute}:00Z`, id: 1000, name: 'x', level: 'error', message })}\n`

/** Both journals, and where they are read. */
function journals() {
  const [own, theirs] = [join(work, 'own.jsonl'), join(work, 'theirs.jsonl')]
  writeFileSync(own, line(1, 'own one') + line(3, 'own two'))
  writeFileSync(theirs, line(2, 'theirs'))
  const places = openPlaces(own, join(work, 'own.json'))
  const further = [{ family: 'suricata', places: openPlaces(theirs, join(work, 'theirs.json')) }]
  return { own, theirs, places, further }
}

/** A reader that takes all it is sent. */
function reader() {
  const sent: string[] = []
  const write = (piece: Buffer | string) => sent.push(piece.toString()) > 0
  const response = Object.assign(new EventEmitter(), { write, end: () => {}, writableNeedDrain: false })
  return { sent, response: response as unknown as ServerResponse }
}

describe('several families', () => {
  it('are shown together, the newest first, each event with its family', () => {
    const { places, further } = journals()
    const told = newestOfAll(places, further, 10).map(({ event }) => [event['message'], event['family']])
    expect(told).toEqual([
      ['own two', undefined],
      ['theirs', 'suricata'],
      ['own one', undefined],
    ])
    expect(newestOfAll(places, further, 1)).toHaveLength(1)
  })

  it('are told as they come, with an id that leads back to where a reader was', async () => {
    vi.useFakeTimers()
    try {
      const { own, theirs, places, further } = journals()
      const stream = openStream(places, further)
      const { sent, response } = reader()
      stream.join(response, ['user vera'], null, () => true)
      sent.splice(0)
      appendFileSync(theirs, line(4, 'theirs again'))
      await vi.advanceTimersByTimeAsync(5000)
      appendFileSync(own, line(5, 'own three'))
      await vi.advanceTimersByTimeAsync(5000)
      const events = sent.join('').match(/^(?:id|data): .*/gm) ?? []
      const end = line(1, 'own one').length + line(3, 'own two').length
      expect(events[0]).toMatch(new RegExp(`^id: ${end}\\.suricata\\.\\d+$`))
      expect(events[1]).toContain('"family":"suricata"')
      expect(events[1]).toContain('theirs again')
      expect(events[3]).toContain('own three')
      expect(events).toHaveLength(4)
      response.emit('close')
    } finally {
      vi.useRealTimers()
    }
  })

  it('are all on the page of alerts', async () => {
    const theirs = join(work, 'theirs.jsonl')
    writeFileSync(theirs, line(2, 'the rules were refused'))
    const { web } = await testConsole({ furtherJournals: new Map([['suricata', theirs]]) })
    expect(web.newest(500).map(({ event }) => event['message'])).toContain('the rules were refused')
  })
})
