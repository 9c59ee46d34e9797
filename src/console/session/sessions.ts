import { writeFileAtomic } from '../../disk/atomic-file.ts'
import { count, object, tableOf, text } from '../../disk/json-shape.ts'
import { readRecordFileNow } from '../../disk/record.ts'
import { bounds } from '../bounds.ts'
import { keyOf, newId } from './cookie.ts'
import { stampOf, type User, type Users } from './users.ts'

/** A login that counts. */
interface Session {
  readonly user: string
  readonly stamp: string
  /** Milliseconds since 1970. */
  readonly since: number
  readonly seen: number
}

/** The sessions of a console. */
export interface Sessions {
  /** @returns the id for the cookie */
  readonly begin: (user: User) => string
  /**
   * Who an id belongs to; null for nobody (any more).
   * @param byPerson whether somebody did something just now, which keeps the session alive
   * @param vouched whom a proxy says it is; without one the file of users is asked. Neither counts for a session of the other
   * @throws CONFIG_* when the users cannot be read
   */
  readonly find: (id: string | null, byPerson: boolean, vouched?: User) => User | null
  readonly end: (id: string) => void
  /** Whether a user has a session that began in the last minute. */
  readonly beganJustNow: (user: string) => boolean
  /** Writes what is not written yet. */
  readonly close: () => Promise<void>
}

interface Ends {
  /** Milliseconds. */
  readonly idle: number
  readonly sessions: number
}

/**
 * Opens the sessions kept in a file, as hashes, so that a restart does not throw everybody out. A file that makes
 * no sense is as none: people log in again.
 */
export function openSessions(
  file: string,
  users: Users,
  { idle, sessions: longest }: Ends,
  now: () => Date,
): Sessions {
  const sessions = readSessions(file)
  let writing: Promise<void> = Promise.resolve()
  let written = now().getTime()

  function isOver({ since, seen }: Session, at: number): boolean {
    return at - seen >= idle || at - since >= longest || seen > at + idle
  }

  function write(): void {
    written = now().getTime()
    for (const [key, session] of sessions) if (isOver(session, written)) sessions.delete(key)
    const text = `${JSON.stringify({ schema: 1, sessions: Object.fromEntries(sessions) })}\n`
    // A disk that is full must not end the sessions that are in memory.
    writing = writing.then(() => writeFileAtomic(file, text, 0o600)).catch(() => undefined)
  }

  return {
    begin(user) {
      const at = now().getTime()
      const id = newId()
      sessions.set(keyOf(id), { user: user.user, stamp: stampOf(user), since: at, seen: at })
      const all = [...sessions]
      const own = all.filter(([, session]) => session.user === user.user)
      const many = own.length > bounds.ownSessions ? own : all.length > bounds.sessions ? all : []
      const [oldest] = many.toSorted(([, a], [, b]) => a.seen - b.seen)
      if (oldest) sessions.delete(oldest[0])
      write()
      return id
    },
    find(id, byPerson, vouched) {
      if (id === null) return null
      const key = keyOf(id)
      const session = sessions.get(key)
      if (!session) return null
      const at = now().getTime()
      const user = vouched ?? users.find(session.user)
      if (!user || user.user !== session.user || stampOf(user) !== session.stamp || isOver(session, at)) {
        sessions.delete(key)
        write()
        return null
      }
      if (byPerson) sessions.set(key, { ...session, seen: at })
      if (byPerson && at - written >= bounds.sessionWrite) write()
      return user
    },
    beganJustNow(user) {
      const at = now().getTime()
      return [...sessions.values()].some((one) => one.user === user && at - one.since < bounds.attemptsFor)
    },
    end(id) {
      if (sessions.delete(keyOf(id))) write()
    },
    async close() {
      write()
      await writing
    },
  }
}

const sessionsShape = object({
  sessions: tableOf(object<Session>({ user: text, stamp: text, since: count, seen: count })),
})

function readSessions(file: string): Map<string, Session> {
  return new Map(Object.entries(readRecordFileNow(file, sessionsShape)?.sessions ?? {}))
}
