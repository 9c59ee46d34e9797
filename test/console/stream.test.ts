import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { bounds } from '../../src/console/bounds.ts'
import { openPlaces } from '../../src/console/live/journal-places.ts'
import { openStream } from '../../src/console/live/stream.ts'
import { serveConsole } from '../../src/console/server.ts'
import { logIn, testConsole } from '../support/console.ts'

// An error that nobody catches in the stream ends the daemon, and with it updates.

const usual = { ...bounds }
let work: string
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'defs-stream-'))
})
afterEach(() => {
  Object.assign(bounds, usual)
  vi.useRealTimers()
  rmSync(work, { recursive: true, force: true })
})

/** Joins a reader whose connection takes nothing: all it is sent waits, and no end of it is ever reached. */
function joinSilent() {
  const journal = join(work, 'events.jsonl')
  const tell = (message: string) =>
    appendFileSync(
      journal,
      `${JSON.stringify({ time: '2026-11-28T13:00:00Z', id: 1, name: 'x', level: 'error', message })}\n`,
    )
  tell('before')
  let looks = 0
  // Of a fleet that looks another one each time.
  const stream = openStream(
    { own: openPlaces(journal, join(work, 'places.json')), further: [] },
    async () => {
      looks += 1
      return [{ name: 'fleet', body: { looks } }]
    },
  )
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  const errors: string[] = []
  response.on('error', ({ message }) => errors.push(message))
  let may = true
  stream.join(response, ['user vera'], null, () => may)
  const dismiss = () => {
    may = false
  }
  return { stream, response, errors, tell, dismiss }
}

describe('a reader of the stream who does not read', () => {
  it('is told nothing more once his session has ended, and his connection ends', async () => {
    vi.useFakeTimers()
    const { response, errors, tell, dismiss } = joinSilent()
    dismiss()
    await vi.advanceTimersByTimeAsync(bounds.streamBeat)
    tell('behind the end')
    await vi.advanceTimersByTimeAsync(bounds.journalLook)
    expect(errors).toEqual([])
    expect(response.destroyed).toBe(true)
  })

  it('is told nothing more once the console closes', async () => {
    vi.useFakeTimers()
    const { stream, response, errors, tell } = joinSilent()
    stream.close()
    tell('behind the end')
    await vi.advanceTimersByTimeAsync(bounds.journalLook)
    expect(errors).toEqual([])
    expect(response.writableEnded).toBe(true)
  })
})

describe('a stream', () => {
  it('ends, and nothing else does, when the file of users cannot be read any more', async () => {
    Object.assign(bounds, { streamBeat: 50 })
    const test = await testConsole()
    const { cookie } = await logIn(test, 'vera')
    await test.server.close()
    const server = await serveConsole(test.parts, () => null)
    const uncaught: string[] = []
    const note = (error: Error) => uncaught.push(error.message)
    process.prependListener('uncaughtException', note)
    try {
      const { status, body } = await fetch(`${server.url}api/v1/stream`, { headers: { cookie } })
      expect(status).toBe(200)
      writeFileSync(test.users, 'no line of a user\n')
      const reader = body?.getReader()
      const ended = (async () => {
        while (!(await reader?.read().catch(() => ({ done: true })))?.done);
      })()
      await Promise.race([ended, once(AbortSignal.timeout(2000), 'abort')])
      expect(uncaught).toEqual([])
      await ended
    } finally {
      process.off('uncaughtException', note)
      await server.close()
    }
  })
})
