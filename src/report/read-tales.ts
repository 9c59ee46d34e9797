import { readEvent } from '../event/read-event.ts'
import { limits } from '../limits.ts'
import { type Tale, talesOf } from './tale.ts'

/** What a line of the journal tells, and when. */
export interface Told {
  /** RFC 3339, UTC. */
  readonly time: string
  readonly tales: readonly Tale[]
}

const head = '{"time":"'
// Nothing that JSON writes in any other way than it reads.
const moment = /^[\d:.TZ+-]+$/

/**
 * Opens a reader of a journal's pieces. A journal says few different things at many times, so what follows the time
 * is parsed once for all lines that have it, and those share their tales. Lines that hold no event are passed over.
 * @param wanted the tales that are kept
 */
export function openTales(wanted: (tale: Tale) => boolean): (piece: Buffer) => Told[] {
  const known = new Map<string, readonly Tale[]>()
  return (piece) => {
    const text = piece.toString('utf8')
    const all: Told[] = []
    // By places in the text: to cut the lines out first takes a third longer.
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf('\n', start)
      const end = newline < 0 ? text.length : newline
      const told = readLine(text, start, end)
      if (told) all.push(told)
      start = end + 1
    }
    return all
  }

  function readLine(text: string, start: number, end: number): Told | undefined {
    const quote = text.startsWith(head, start) ? text.indexOf('"', start + head.length) : -1
    const time = text.slice(start + head.length, quote)
    const rest = quote < 0 ? '' : text.slice(quote, end)
    const tales = known.get(rest)
    if (tales && moment.test(time)) return { time, tales }
    const event = readEvent(text.slice(start, end))
    if (!event) return undefined
    const told = { time: event.time, tales: talesOf(event).filter(wanted) }
    // Not when a second time follows, which is the one that counts.
    if (rest === '' || event.time !== time) return told
    if (known.size >= limits.journalTales) known.clear()
    known.set(rest, told.tales)
    return told
  }
}
