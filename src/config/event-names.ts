import { catalogue, type EventName } from '../event/catalogue.ts'
import { explainEvent } from '../event/explain.ts'
import { didYouMean } from './suggestion.ts'

const names = Object.keys(catalogue) as EventName[]

/** The events that a list names, by number, name or `group.*`; null for an empty list, which stands for all. */
export function eventNames(
  list: readonly string[],
  report: (message: string) => void,
): readonly EventName[] | null {
  if (list.length === 0) return null
  const found = list.flatMap((asked) => {
    const group = /^([a-z]+)\.\*$/.exec(asked)?.[1]
    const known =
      group === undefined ? explainEvent(asked)?.name : names.filter((name) => name.startsWith(`${group}.`))
    const events = known === undefined ? [] : [known].flat()
    if (events.length === 0)
      report(`there is no event '${asked}'${didYouMean(asked, names)}: see defs events`)
    return events
  })
  return [...new Set(found)]
}
