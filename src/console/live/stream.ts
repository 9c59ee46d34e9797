import type { ServerResponse } from 'node:http'
import { bounds } from '../bounds.ts'
import {
  type AllJournals,
  type AllPlaces,
  endsOf,
  type LineOfAll,
  linesAfterAll,
  textOfPlaces,
} from './all-journals.ts'
import type { StateEvent } from './fleet-state.ts'

/** Everybody who is told of events as they come. */
export interface Stream {
  /**
   * Takes a reader in, whose response is begun already.
   * @param who of its user and of its address
   * @param after the place behind which it wants to be told; null for what comes from now on
   * @param mayStay asked at each beat whether the reader may still listen
   */
  readonly join: (
    response: ServerResponse,
    who: readonly string[],
    after: AllPlaces | null,
    mayStay: () => boolean,
  ) => void
  /** Whether there are too many, in all or of one of these names, to take one more in. */
  readonly isFull: (who: readonly string[]) => boolean
  readonly close: () => void
}

interface Reader {
  readonly response: ServerResponse
  readonly who: readonly string[]
  readonly mayStay: () => boolean
  /** Places behind the last lines it was told. */
  at: AllPlaces
  /** It reads on by itself, as quickly as it takes what it is sent, until it has reached the end. */
  behind: boolean
  /** Where it was at the last beat: one that has not moved since and is behind does not read any more. */
  beatAt: AllPlaces | null
}

/**
 * Opens the stream: one look at the journals for all readers, and none while nobody reads.
 * @param states what is told beside the journals when it changed, and to everybody who joins; asked at each beat, and
 *   once the journals moved
 */
export function openStream(
  journals: AllJournals,
  states: (() => Promise<readonly StateEvent[]>) | null = null,
): Stream {
  const readers = new Set<Reader>()
  let looking: NodeJS.Timeout | undefined
  let beating: NodeJS.Timeout | undefined
  let end: AllPlaces = []
  let asking = false
  /** What was told last of each state: what counts of it, and as it is sent. */
  const told = new Map<string, { readonly sum: string; readonly frame: Buffer }>()

  function leave(reader: Reader): void {
    if (!readers.delete(reader) || readers.size > 0) return
    clearInterval(looking)
    clearInterval(beating)
    told.clear()
  }

  /** Sends frames; when they fill what may wait, the reader reads on by itself once they are taken. */
  function send(reader: Reader, frames: Buffer, at: AllPlaces): boolean {
    reader.at = at
    if (frames.length === 0 || reader.response.write(frames)) return true
    reader.behind = true
    reader.response.once('drain', () => catchUp(reader))
    return false
  }

  function catchUp(reader: Reader): void {
    // It may have left while it was waited for.
    if (!readers.has(reader)) return
    reader.behind = false
    for (;;) {
      const lines = linesAfterAll(journals, reader.at, bounds.streamLines)
      const { frames, at } = framesOf(lines, reader.at, journals)
      if (!send(reader, frames, at)) return
      if (lines.length < bounds.streamLines) break
    }
    for (const { frame } of told.values()) reader.response.write(frame)
  }

  function look(): void {
    const now = endsOf(journals)
    if (now.every((place, journal) => place === end[journal])) return
    const lines = linesAfterAll(journals, end, bounds.events)
    // What is there but no whole line yet comes with a later look.
    const from = end
    const all = framesOf(lines, from, journals)
    end = all.at
    for (const reader of readers) {
      if (reader.behind) continue
      const same = reader.at.every((place, journal) => place === from[journal])
      const { frames, at } = same ? all : framesOf(newTo(reader, lines), reader.at, journals)
      send(reader, frames, at)
    }
    if (lines.length > 0) void tellStates()
  }

  async function tellStates(): Promise<void> {
    if (states === null || asking) return
    asking = true
    try {
      const found = await states()
      if (readers.size === 0) return
      for (const { name, body } of found) {
        const sum = JSON.stringify(body, (key, value) => (passing.includes(key) ? undefined : value))
        if (told.get(name)?.sum === sum) continue
        const frame = Buffer.from(`event: ${name}\ndata: ${JSON.stringify(body)}\n\n`)
        told.set(name, { sum, frame })
        // Whoever is behind is told once it has caught up.
        for (const reader of readers) if (!reader.behind) send(reader, frame, reader.at)
      }
    } finally {
      asking = false
    }
  }

  function beat(): void {
    for (const reader of readers) {
      const { response } = reader
      // One that does not read would never see a proper end, and hold its connection for ever.
      if ((reader.behind && reader.at === reader.beatAt) || !reader.mayStay()) {
        leave(reader)
        response.destroy()
      } else if (!reader.behind) response.write(': beat\n\n')
      reader.beatAt = reader.at
    }
    void tellStates()
  }

  return {
    join(response, who, after, mayStay) {
      const now = endsOf(journals)
      // A place that is ahead of the journal is one of another journal.
      const at = now.map((most, journal) => {
        const asked = after?.[journal] ?? most
        return asked > most ? most : asked
      })
      const reader: Reader = { response, who, mayStay, at, behind: false, beatAt: null }
      response.on('close', () => leave(reader))
      response.write('retry: 2000\n\n')
      if (readers.size === 0) {
        end = now
        looking = setInterval(look, bounds.journalLook)
        beating = setInterval(beat, bounds.streamBeat)
      }
      readers.add(reader)
      catchUp(reader)
      void tellStates()
    },
    isFull(who) {
      if (readers.size >= bounds.streams) return true
      const all = [...readers]
      return who.some((name) => all.filter((one) => one.who.includes(name)).length >= bounds.ownStreams)
    },
    close() {
      for (const reader of readers) {
        // First it is told nothing more: what is written behind an end would end this process.
        leave(reader)
        reader.response.end()
      }
    },
  }
}

/** What is another one at each look and no change. */
const passing = ['asOf', 'ageSeconds']

function newTo({ at }: Reader, lines: readonly LineOfAll[]): LineOfAll[] {
  return lines.filter(({ journal, offset }) => offset > (at[journal] ?? 0))
}

/** Lines as server-sent events, each with the place behind it, and that of the last one. */
function framesOf(
  lines: readonly LineOfAll[],
  from: AllPlaces,
  journals: AllJournals,
): { readonly frames: Buffer; readonly at: AllPlaces } {
  const at = [...from]
  const texts = lines.map(({ journal, offset, text }) => {
    at[journal] = offset
    return `id: ${textOfPlaces(at, journals)}\nevent: journal\ndata: ${text}\n\n`
  })
  return { frames: Buffer.from(texts.join('')), at }
}
