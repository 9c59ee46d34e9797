import { EventEmitter } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newestOfAll, readPlaces } from '../../src/console/live/all-journals.ts'
import { fleetStates } from '../../src/console/live/fleet-state.ts'
import { openPlaces } from '../../src/console/live/journal-places.ts'
import { openStream } from '../../src/console/live/stream.ts'
import { logIn, testConsole } from '../support/console.ts'

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
  return {
    files: { own, theirs },
    own: openPlaces(own, join(work, 'own.json')),
    further: [{ family: 'suricata', places: openPlaces(theirs, join(work, 'theirs.json')) }],
  }
}

/** A reader that takes all it is sent. */
function reader() {
  const sent: string[] = []
  const write = (piece: Buffer | string) => sent.push(piece.toString()) > 0
  const response = Object.assign(new EventEmitter(), { write, end: () => {}, writableNeedDrain: false })
  return { sent, response: response as unknown as ServerResponse }
}

/** What a reader was sent, as server-sent events. */
const eventsIn = (sent: readonly string[]) =>
  [...sent.join('').matchAll(/(?:id: (.+)\n)?event: (.+)\ndata: (.+)\n/g)].map(([, id, name, data]) => ({
    id,
    name,
    data: JSON.parse(data ?? ''),
  }))

describe('several families', () => {
  it('are shown together, the newest first, each event with its family', () => {
    const told = newestOfAll(journals(), 10).map(({ event }) => [event['message'], event['family']])
    expect(told).toEqual([
      ['own two', undefined],
      ['theirs', 'suricata'],
      ['own one', undefined],
    ])
    expect(newestOfAll(journals(), 1)).toHaveLength(1)
  })

  it('are told as they come, with ids behind which nobody misses or hears anything twice', async () => {
    vi.useFakeTimers()
    try {
      const all = journals()
      const { own, theirs } = all.files
      const stream = openStream(all)
      const messages = (sent: readonly string[]) => eventsIn(sent).map(({ data }) => data.message)
      const first = reader()
      stream.join(first.response, ['user vera'], null, () => true)
      appendFileSync(theirs, line(4, 'theirs again'))
      await vi.advanceTimersByTimeAsync(5000)
      appendFileSync(own, line(5, 'own three'))
      await vi.advanceTimersByTimeAsync(5000)
      expect(messages(first.sent)).toEqual(['theirs again', 'own three'])
      const [one, two] = eventsIn(first.sent)
      const [end, size] = [line(1, 'own one').length + line(3, 'own two').length, line(2, 'theirs').length]
      expect(one).toMatchObject({
        id: `${end}.suricata.${size + line(4, 'theirs again').length}`,
        name: 'journal',
        data: { family: 'suricata', message: 'theirs again' },
      })
      expect(two?.data.family).toBeUndefined()
      first.response.emit('close')

      // Away while both families go on: behind the id of each event comes what it had not heard.
      appendFileSync(theirs, line(6, 'while away'))
      for (const [id, missed] of [
        [one?.id, ['own three', 'while away']],
        [two?.id, ['while away']],
      ] as const) {
        const again = reader()
        stream.join(again.response, ['user vera'], readPlaces(id ?? '', all), () => true)
        await vi.advanceTimersByTimeAsync(5000)
        expect(messages(again.sent)).toEqual(missed)
        again.response.emit('close')
      }
    } finally {
      vi.useRealTimers()
    }
  })

  it('are all in the events of the API, from the oldest on and page by page', async () => {
    const { theirs } = journals().files
    const lines = Array.from({ length: 1500 }, (_, index) => line(index % 9, `rules ${index}`))
    writeFileSync(theirs, lines.join(''))
    const test = await testConsole({ furtherJournals: new Map([['suricata', theirs]]) })
    const vera = await logIn(test, 'vera')
    const seen: { family?: string; message: string }[] = []
    let after = '0'
    for (let page = 0; page < 5; page++) {
      const { events, next } = (await vera.get(`/api/v1/events?after=${after}`)).json()
      expect(events.length).toBeLessThanOrEqual(1000)
      seen.push(...events)
      after = next
    }
    const told = seen.filter(({ family }) => family === 'suricata').map(({ message }) => message)
    expect(told).toEqual(lines.map((text) => JSON.parse(text).message))
    const own = readFileSync(test.journal, 'utf8').trimEnd().split('\n').length
    expect(seen).toHaveLength(1500 + own)
    appendFileSync(theirs, line(9, 'one more'))
    const { events } = (await vera.get(`/api/v1/events?after=${after}`)).json()
    expect(events).toMatchObject([{ family: 'suricata', message: 'one more' }])
    expect((await vera.get('/api/v1/events?after=1.suricata')).statusCode).toBe(400)
  })

  it('are all on the page of alerts', async () => {
    const theirs = join(work, 'theirs.jsonl')
    writeFileSync(theirs, line(2, 'the rules were refused'))
    const test = await testConsole({ furtherJournals: new Map([['suricata', theirs]]) })
    expect(test.web.newest(500).map(({ event }) => event['message'])).toContain('the rules were refused')
    const vera = await logIn(test, 'vera')
    expect((await vera.get('/alerts')).body).toContain('<b>suricata</b> the rules were refused')
  })
})

describe('the stream of a fleet', () => {
  it('tells how fleet and hosts are at first, and again when that changed', async () => {
    vi.useFakeTimers()
    try {
      let [states, awake, asOf] = ['UU', 2, 0]
      const stream = openStream(journals(), async () => {
        asOf += 1
        return [
          { name: 'fleet', body: { asOf, awake, rings: [{ ageSeconds: asOf }] } },
          { name: 'heat', body: { rings: [{ name: 'all', states }] } },
        ]
      })
      const { sent, response } = reader()
      stream.join(response, ['user vera'], null, () => true)
      await vi.advanceTimersByTimeAsync(100)
      expect(eventsIn(sent)).toMatchObject([
        { id: undefined, name: 'fleet', data: { awake: 2 } },
        { id: undefined, name: 'heat', data: { rings: [{ name: 'all', states: 'UU' }] } },
      ])
      // Only the time went on.
      await vi.advanceTimersByTimeAsync(60_000)
      expect(eventsIn(sent)).toHaveLength(2)
      states = 'RU'
      await vi.advanceTimersByTimeAsync(20_000)
      expect(eventsIn(sent).slice(2)).toMatchObject([{ name: 'heat', data: { rings: [{ states: 'RU' }] } }])
      awake = 1
      await vi.advanceTimersByTimeAsync(20_000)
      // Whoever comes later is told what is so now.
      const late = reader()
      stream.join(late.response, ['user otto'], null, () => true)
      await vi.advanceTimersByTimeAsync(100)
      expect(eventsIn(late.sent)).toMatchObject([
        { data: { awake: 1 } },
        { data: { rings: [{ states: 'RU' }] } },
      ])
      for (const one of [response, late.response]) one.emit('close')
    } finally {
      vi.useRealTimers()
    }
  })

  it('has the bodies of the API', async () => {
    const test = await testConsole()
    const vera = await logIn(test, 'vera')
    const { fleet } = test.parts
    if (!fleet) throw new Error('it is there')
    const [status, heat] = await fleetStates(fleet)
    expect((await vera.get('/api/v1/fleet')).json()).toEqual(status?.body)
    expect((await vera.get('/api/v1/fleet/heat')).json()).toMatchObject(heat?.body ?? { missing: true })
  })
})
