import type { ServerResponse } from 'node:http'
import { bounds } from '../bounds.ts'
import type { JournalPlaces } from './journal-places.ts'
import { endOf, type FurtherJournal, type JournalLine, linesAfter, ofFamily } from './journal-reader.ts'

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
    after: number | null,
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
  /** Place behind the last line it was told. */
  at: number
  /** It reads on by itself, as quickly as it takes what it is sent, until it has reached the end. */
  behind: boolean
  /** Where it was at the last beat: one that has not moved since and is behind does not read any more. */
  beatAt: number
}

/**
 * Opens the stream: one look at the journal for all readers, and none while nobody reads. What comes in the journals of
 * further families is told as it comes, and not once more to a reader that was away.
 */
export function openStream(places: JournalPlaces, further: readonly FurtherJournal[] = []): Stream {
  const readers = new Set<Reader>()
  let looking: NodeJS.Timeout | undefined
  let beating: NodeJS.Timeout | undefined
  let end = 0
  let furtherEnds: number[] = []

  function leave(reader: Reader): void {
    if (!readers.delete(reader) || readers.size > 0) return
    clearInterval(looking)
    clearInterval(beating)
  }

  /**
   * Sends lines; when they fill what may wait, the reader reads on by itself once they are taken.
   * @param all the lines as they are sent, made once for all readers
   */
  function send(reader: Reader, lines: readonly JournalLine[], all: Buffer): boolean {
    const fresh = lines.filter(({ offset }) => offset > reader.at)
    reader.at = fresh.at(-1)?.offset ?? reader.at
    if (fresh.length === 0 || reader.response.write(fresh.length === lines.length ? all : framesOf(fresh)))
      return true
    reader.behind = true
    reader.response.once('drain', () => catchUp(reader))
    return false
  }

  function catchUp(reader: Reader): void {
    reader.behind = false
    for (;;) {
      const lines = linesAfter(places, reader.at, bounds.streamLines)
      if (!send(reader, lines, framesOf(lines)) || lines.length < bounds.streamLines) return
    }
  }

  function look(): void {
    lookAtOwn()
    for (const [index, { family, places: theirs }] of further.entries()) {
      const seen = furtherEnds[index] ?? 0
      if (endOf(theirs) === seen) continue
      const lines = linesAfter(theirs, seen, bounds.events)
      furtherEnds[index] = lines.at(-1)?.offset ?? seen
      const all = framesOf(lines.map((line) => ofFamily(line, family, end)))
      for (const { behind, response } of readers)
        if (!behind && !response.writableNeedDrain) response.write(all)
    }
  }

  function lookAtOwn(): void {
    if (endOf(places) === end) return
    const lines = linesAfter(places, end, bounds.events)
    // What is there but no whole line yet comes with a later look.
    end = lines.at(-1)?.offset ?? end
    const all = framesOf(lines)
    for (const reader of readers) if (!reader.behind) send(reader, lines, all)
  }

  function beat(): void {
    for (const reader of readers) {
      const { response } = reader
      // One that does not read would never see a proper end, and hold its connection for ever.
      if ((reader.behind && reader.at === reader.beatAt) || !reader.mayStay()) response.destroy()
      else if (!reader.behind) response.write(': beat\n\n')
      reader.beatAt = reader.at
    }
  }

  return {
    join(response, who, after, mayStay) {
      const now = endOf(places)
      // A place that is ahead of the journal is one of another journal.
      const at = after === null || after > now ? now : after
      const reader = { response, who, mayStay, at, behind: false, beatAt: -1 }
      response.on('close', () => leave(reader))
      response.write('retry: 2000\n\n')
      if (readers.size === 0) {
        end = now
        furtherEnds = further.map((one) => endOf(one.places))
        looking = setInterval(look, bounds.journalLook)
        beating = setInterval(beat, bounds.streamBeat)
      }
      readers.add(reader)
      catchUp(reader)
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

/** Lines as server-sent events. */
function framesOf(lines: readonly JournalLine[]): Buffer {
  return Buffer.from(
    lines.map(({ offset, id, text }) => `id: ${id ?? offset}\nevent: journal\ndata: ${text}\n\n`).join(''),
  )
}
