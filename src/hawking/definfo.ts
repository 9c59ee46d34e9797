import { readIni, writeIni } from '../ini.ts'
import type { SetName } from '../set-id.ts'
import { setOfFolder } from './sets.ts'

/** What `definfo.dat` says. */
export interface Definfo {
  readonly current: SetName | null
  readonly previous: SetName | null
}

/**
 * Reads the text of a `definfo.dat`, our own or another product's: CRLF or LF, keys in any case, a suffix
 * `_text` behind a set's name is passed over (domain.md 1.2). What makes no sense is null.
 */
export function readDefinfo(text: string): Definfo {
  const dates = readIni(text).sections.find(({ name }) => name.toLowerCase() === 'defdates')
  const values = new Map([...(dates?.entries ?? [])].map(([key, value]) => [key.toLowerCase(), value]))
  const set = (key: string) => setOfFolder((values.get(key) ?? '').replace(/_.*$/, '')) ?? null
  return { current: set('curdefs'), previous: set('lastdefs') }
}

/** The text of a `definfo.dat`, with CRLF; `LastDefs` is absent until there is a previous set (contract section 7). */
export function writeDefinfo(current: SetName, previous: SetName | null): string {
  const entries: [string, string][] = [['CurDefs', current]]
  if (previous !== null) entries.push(['LastDefs', previous])
  return writeIni([['DefDates', entries]])
}
