import { count, nullable, object, oneOf, type Shape, text } from '../disk/json-shape.ts'
import type { Fact, FactBody, PassCounts } from './facts.ts'
import { momentShape, outcomes, setShape } from './report.ts'

const set = setShape
const reason = nullable(text)
const base = { n: count, at: momentShape }
const counts = object<PassCounts>({ hosts: count, awake: count, good: count, failures: count })

const shapes: Readonly<Record<FactBody['fact'], Shape<Fact>>> = {
  started: object({ ...base, fact: oneOf(['started']) }),
  opened: object({ ...base, fact: oneOf(['opened']), set, ring: text, by: text }),
  passed: object({ ...base, fact: oneOf(['passed']), set, ring: text, by: text, counts: nullable(counts) }),
  failed: object({
    ...base,
    fact: oneOf(['failed']),
    host: text,
    ring: text,
    set,
    class: oneOf(['set', 'host']),
    outcome: oneOf([...outcomes, 'lost']),
    exitCode: nullable(count),
    error: nullable(text),
  }),
  barred: object({
    ...base,
    fact: oneOf(['barred']),
    set,
    by: text,
    reason: text,
    how: oneOf(['halted', 'withdrawn']),
    ring: nullable(text),
  }),
  demoted: object({ ...base, fact: oneOf(['demoted']), ring: text, from: set, to: set, by: text }),
  approved: object({ ...base, fact: oneOf(['approved']), set, ring: text, by: text, reason }),
  paused: object({ ...base, fact: oneOf(['paused']), ring: nullable(text), by: text, reason }),
  resumed: object({ ...base, fact: oneOf(['resumed']), ring: nullable(text), by: text, reason }),
  urgent: object({ ...base, fact: oneOf(['urgent']), set, by: text, reason: text }),
  waiting: object({
    ...base,
    fact: oneOf(['waiting']),
    set,
    ring: text,
    waits: oneOf(['approval', 'window', 'coverage', 'troubles']),
  }),
  frozen: object({ ...base, fact: oneOf(['frozen']), set, ring: text, reason: text }),
  complete: object({ ...base, fact: oneOf(['complete']), set }),
  superseded: object({ ...base, fact: oneOf(['superseded']), set }),
}

/** A fact as it was written down; undefined for anything else. */
export const factShape: Shape<Fact> = (value) => {
  const kind = typeof value === 'object' && value !== null && 'fact' in value ? value.fact : null
  return typeof kind === 'string' && Object.hasOwn(shapes, kind)
    ? shapes[kind as FactBody['fact']](value)
    : undefined
}
